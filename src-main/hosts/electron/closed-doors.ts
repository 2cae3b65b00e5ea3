import { shell } from 'electron';
import type { App, Session, WebContents } from 'electron';
import { isOwnAddress, isWebAddress } from './addresses.ts';

/** The only thing that a page is given: writing to the clipboard, when somebody presses "Copy". */
const GIVEN = 'clipboard-sanitized-write';

/**
 * Whatever page is ever made in this app: it stays among Vitrine's own, opens nothing and is embedded in nothing. Wrong
 * certificates, passwords and client certificates are left to Electron, which refuses them; no page gets so far.
 */
export function closeDoors(app: App): void {
  app.on('web-contents-created', (_event, contents) => keepInside(contents));
}

function keepInside(contents: WebContents): void {
  contents.setWindowOpenHandler(({ url }) => {
    if (isWebAddress(url)) void shell.openExternal(url);
    return { action: 'deny' };
  });
  for (const name of ['will-navigate', 'will-frame-navigate', 'will-redirect'] as const) {
    contents.on(name as 'will-navigate', (event) => {
      if (!isOwnAddress(event.url)) event.preventDefault();
    });
  }
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

/** No permission but one, no devices, no downloads by themselves; nothing but Vitrine's own scheme is loaded. */
export function closeSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, decide) => decide(permission === GIVEN));
  session.setPermissionCheckHandler((_contents, permission) => permission === GIVEN);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler(null);
  session.setSpellCheckerEnabled(false); // it would fetch dictionaries
  for (const name of ['select-hid-device', 'select-serial-port', 'select-usb-device'] as const) {
    session.on(name as 'select-usb-device', (event) => event.preventDefault());
  }
  session.webRequest.onBeforeRequest((details, decide) => {
    decide({ cancel: !/^(vitrine|blob|data|devtools|chrome-extension):/.test(details.url) });
  });
}
