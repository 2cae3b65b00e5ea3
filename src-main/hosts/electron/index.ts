// The desktop host: connects the window to the same handler that every other host serves. Nothing else lives here.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { app, BrowserWindow, dialog, protocol, shell } from 'electron';
import { createHandler } from '../../app/http/handler.ts';
import { serveOverHttp } from '../../app/http/server.ts';
import { openLibrary } from '../../app/library.ts';
import { holdLibrary } from '../../services/library/lock.ts';
import { libraryPaths } from '../../services/library/service.ts';
import { abortable } from './abortable.ts';
import { isOwnAddress, isWebAddress, ORIGIN, SCHEME } from './addresses.ts';

const OUT = join(import.meta.dirname, '..');
/** How long requests under way may take once the app ends, ms. */
const PATIENCE_MS = 2000;

protocol.registerSchemesAsPrivileged([
  { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
]);

if (app.requestSingleInstanceLock()) {
  app.enableSandbox();
  app.on('second-instance', focusWindow);
  app.on('window-all-closed', () => process.platform === 'darwin' || app.quit());
  app.on('activate', () => BrowserWindow.getAllWindows().length > 0 || openWindow());
  app.whenReady().then(start).then(openWindow).catch(fail);
} else {
  app.quit();
}

/** Holds the library, and serves it to the window and, on this machine, to the command line. */
async function start(): Promise<void> {
  const { lock } = libraryPaths();
  const held = holdLibrary(lock, 'electron');
  const library = await openLibrary({ host: 'electron', onBug }).catch((error: unknown) => {
    held.release();
    throw error;
  });
  const handler = createHandler({ library, web: join(OUT, 'renderer'), onBug });
  const token = randomBytes(32).toString('base64url');
  const served = await serveOverHttp({ handler, host: '127.0.0.1', port: 0, token, onBug });
  held.announce({ address: served.address, token });
  protocol.handle(SCHEME, abortable(handler));
  app.once('will-quit', (event) => {
    event.preventDefault();
    library.events.close();
    const closed = served.close(PATIENCE_MS).then(() => library.close());
    void closed.catch(onBug).finally(() => {
      held.release();
      app.exit();
    });
  });
}

function fail(error: unknown): void {
  const { message, hint } = error as { message?: string; hint?: string };
  dialog.showErrorBox('Vitrine could not start', [message ?? String(error), hint ?? ''].join('\n'));
  app.exit(1);
}

function onBug(error: unknown): void {
  process.stderr.write(`vitrine: this is a bug in Vitrine, please report it.\n${(error as Error).stack ?? ''}\n`);
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
