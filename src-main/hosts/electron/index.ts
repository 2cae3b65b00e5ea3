// The desktop host: connects the window to the same handler that every other host serves. Each of a desktop's habits is
// a file beside this one; here they are put together.
import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import { app, BrowserWindow, dialog, nativeTheme, protocol, shell } from 'electron';
import { createHandler } from '../../app/http/handler.ts';
import { serveOverHttp } from '../../app/http/server.ts';
import { openLibrary } from '../../app/library.ts';
import type { Library } from '../../app/library.ts';
import { WINDOW_FOLDER } from '../../places.ts';
import { holdLibrary } from '../../services/library/lock.ts';
import { libraryPaths } from '../../services/library/service.ts';
import { startProcessesBy } from '../../workers/start-process.ts';
import { abortable } from './abortable.ts';
import { SCHEME } from './addresses.ts';
import { closeDoors } from './closed-doors.ts';
import { logProcessEnds } from './crashes.ts';
import { desktop } from './desktop.ts';
import { askFarewell, leaveInOrder } from './farewell.ts';
import { addressOfFile, createFileQueue, filesAmong } from './file-open.ts';
import { createKept } from './kept.ts';
import { installMenu } from './menu.ts';
import { createQuit, resumePaused } from './quit.ts';
import { tellRunEnds } from './run-ends.ts';
import { strings } from './strings.ts';
import { lookForUpdates } from './updates.ts';
import { isOwnProcess, startUtility } from './utility-process.ts';
import { showWindow } from './window.ts';

/** How long requests under way may take once the app ends, ms. */
const PATIENCE_MS = 2000;

const paths = libraryPaths();
const kept = createKept(paths.home);
let library: Library | undefined;
const files = createFileQueue((path) => void openFile(path));

// All that Vitrine keeps lies in the library's folder; so another library is another app, too.
app.setPath('userData', join(paths.home, 'desktop'));
protocol.registerSchemesAsPrivileged([
  { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
]);

if (app.requestSingleInstanceLock()) {
  app.enableSandbox();
  closeDoors(app);
  logProcessEnds(log);
  app.on('second-instance', (_event, words, cwd) => {
    show();
    filesAmong(words.slice(1), cwd).forEach(files.add);
  });
  app.on('open-file', (event, path) => {
    event.preventDefault();
    files.add(path);
  });
  app.on('window-all-closed', () => process.platform === 'darwin' || app.quit());
  app.on('activate', () => BrowserWindow.getAllWindows().length > 0 || (library && show()));
  app.whenReady().then(start).then(begin).catch(fail);
} else {
  app.quit();
}

/** Holds the library, and serves it to the window and, on this machine, to the command line. */
async function start(): Promise<Library> {
  startProcessesBy(startUtility);
  const held = holdLibrary(paths.lock, 'electron');
  const opened = await openLibrary({ host: 'electron', desktop, onBug }).catch((error: unknown) => {
    held.release();
    throw error;
  });
  library = opened;
  const handler = createHandler({ library: opened, web: WINDOW_FOLDER, onBug });
  const token = randomBytes(32).toString('base64url');
  const served = await serveOverHttp({ handler, host: '127.0.0.1', port: 0, token, onBug });
  held.announce({ address: served.address, token });
  protocol.handle(SCHEME, abortable(handler));
  app.once('will-quit', (event) => {
    event.preventDefault();
    opened.events.close();
    const closed = served.close(PATIENCE_MS).then(() => opened.close());
    void closed.catch(onBug).finally(() => {
      held.release();
      app.exit();
    });
  });
  return opened;
}

/** The window, and what a desktop expects around it. */
function begin(opened: Library): void {
  const over = new AbortController();
  app.once('will-quit', () => over.abort());
  const { settings } = opened;
  nativeTheme.themeSource = settings.current().theme;
  settings.onChange(({ theme }) => (nativeTheme.themeSource = theme));
  installMenu({ go: show, openFile: () => void chooseFile(), showLibrary: () => void shell.openPath(paths.home) });
  const quit = createQuit({ library: opened, kept, isOwn: isOwnProcess, ask: askFarewell, onBug });
  leaveInOrder(quit, onBug);
  show();
  resumePaused({ library: opened, kept });
  void tellRunEnds({ library: opened, show, signal: over.signal }).catch(onBug);
  lookForUpdates({ library: opened, onLog: log, signal: over.signal });
  files.begin();
  filesAmong(process.argv.slice(app.isPackaged ? 1 : 2), process.cwd()).forEach(files.add);
}

function show(hash?: string): void {
  showWindow({ kept, log }, hash);
}

async function chooseFile(): Promise<void> {
  const path = await desktop.choose('checkpoint', strings.open.title);
  if (path !== null) files.add(path);
}

async function openFile(path: string): Promise<void> {
  try {
    if (library) show(await addressOfFile(path, library));
  } catch (error) {
    showError(strings.open.failed(basename(path)), error);
  }
}

function showError(title: string, error: unknown): void {
  const { message, hint } = error as { message?: string; hint?: string };
  dialog.showErrorBox(title, [message ?? String(error), hint ?? ''].join('\n'));
}

function fail(error: unknown): void {
  showError(strings.failed, error);
  app.exit(1);
}

function log(line: string): void {
  process.stderr.write(`vitrine: ${line}\n`);
}

function onBug(error: unknown): void {
  log(`this is a bug in Vitrine, please report it.\n${(error as Error).stack ?? ''}`);
}
