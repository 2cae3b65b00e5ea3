// The desktop host: connects the window to the same files that every other host serves. Nothing else lives here.
import { join } from 'node:path';
import { app, BrowserWindow, protocol, shell } from 'electron';
import { staticFiles } from '../../services/web/static-files.ts';
import { isOwnAddress, isWebAddress, ORIGIN, SCHEME } from './addresses.ts';

const OUT = join(import.meta.dirname, '..');

protocol.registerSchemesAsPrivileged([
  { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
]);

if (app.requestSingleInstanceLock()) {
  app.enableSandbox();
  app.on('second-instance', focusWindow);
  app.on('window-all-closed', () => process.platform === 'darwin' || app.quit());
  app.on('activate', () => BrowserWindow.getAllWindows().length > 0 || openWindow());
  void app.whenReady().then(() => {
    protocol.handle(SCHEME, staticFiles(join(OUT, 'renderer')));
    openWindow();
  });
} else {
  app.quit();
}

function openWindow(): void {
  const window = new BrowserWindow({
    width: 1280,
    height: 820,
    minWidth: 720,
    minHeight: 480,
    show: false,
    title: 'Vitrine',
    webPreferences: {
      preload: join(OUT, 'preload', 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
    },
  });
  window.once('ready-to-show', () => window.show());
  keepInside(window);
  void window.loadURL(`${ORIGIN}/`);
}

/** The window never leaves Vitrine's own pages; a link to the web opens in the person's browser. */
function keepInside(window: BrowserWindow): void {
  const { webContents } = window;
  webContents.setWindowOpenHandler(({ url }) => {
    if (isWebAddress(url)) void shell.openExternal(url);
    return { action: 'deny' };
  });
  webContents.on('will-navigate', (event) => {
    if (!isOwnAddress(event.url)) event.preventDefault();
  });
  webContents.session.setPermissionRequestHandler((_contents, permission, decide) => {
    decide(permission === 'clipboard-sanitized-write');
  });
}

function focusWindow(): void {
  const [window] = BrowserWindow.getAllWindows();
  if (!window) return openWindow();
  if (window.isMinimized()) window.restore();
  window.focus();
}
