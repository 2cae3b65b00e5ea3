import { app, dialog } from 'electron';
import type { Session } from 'electron';
import type { AppUpdater } from 'electron-updater';
import type { Library } from '../../app/library.ts';
import { publicAddress } from '../../services/network/service.ts';
import type { Network } from '../../services/network/service.ts';
import { strings } from './strings.ts';

const DAY_MS = 24 * 3600_000;
/** After a start: the window comes first. */
const FIRST_MS = 20_000;

export interface UpdatesOptions {
  library: Pick<Library, 'settings' | 'network'>;
  onLog: (line: string) => void;
  /** Of this system's packages; loaded when first needed. */
  load?: () => Promise<AppUpdater>;
  signal: AbortSignal;
}

/**
 * Looks for new versions once a day: only in a package, only while a person has switched it on in Settings, never
 * offline. Each request is written down like every other; nothing is downloaded before somebody says yes.
 */
export function lookForUpdates({ library, onLog, load = loadUpdater, signal }: UpdatesOptions): void {
  const { settings } = library;
  let updater: AppUpdater | undefined;
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    clearTimeout(timer);
    const { updates, offline } = settings.current();
    if (!app.isPackaged || !updates || signal.aborted) return;
    timer = setTimeout(() => void look(), DAY_MS);
    if (offline) return;
    try {
      updater ??= prepared(await load(), library);
      await updater.checkForUpdates();
    } catch (error) {
      onLog(`no look for updates: ${(error as Error).message}`);
    }
  };
  let was = settings.current().updates;
  if (was) timer = setTimeout(() => void look(), FIRST_MS);
  const forget = settings.onChange(({ updates }) => {
    if (updates && !was) void look(); // switched on: at once
    was = updates;
  });
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    forget();
  });
}

async function loadUpdater(): Promise<AppUpdater> {
  return (await import('electron-updater')).default.autoUpdater;
}

function prepared(updater: AppUpdater, library: UpdatesOptions['library']): AppUpdater {
  updater.autoDownload = false;
  updater.autoInstallOnAppQuit = true;
  updater.logger = null;
  writeDown(updater.netSession, library);
  updater.on('update-available', ({ version }) => void offer(updater, version));
  updater.on('update-downloaded', ({ version }) => void ready(version));
  updater.on('error', () => {}); // told by the call that failed
  return updater;
}

async function offer(updater: AppUpdater, version: string): Promise<void> {
  const { found, detail, download, later } = strings.updates;
  const question = { message: found(version), detail, buttons: [download, later], defaultId: 1, cancelId: 1 };
  const { response } = await dialog.showMessageBox(question);
  if (response === 0) await updater.downloadUpdate().catch(() => {}); // 'error' follows, and the next day
}

async function ready(version: string): Promise<void> {
  const { ready: title, readyDetail, restart, later } = strings.updates;
  const question = {
    message: title(version),
    detail: readyDetail,
    buttons: [restart, later],
    defaultId: 0,
    cancelId: 1,
  };
  const { response } = await dialog.showMessageBox(question);
  if (response === 0) app.quit(); // trainings are asked about, then it is installed
}

/** Every request of the updater's own session: in the log from its beginning, and none offline. */
export function writeDown({ webRequest }: Session, { settings, network }: UpdatesOptions['library']): void {
  const open = new Map<number, ReturnType<Network['record']>>();
  const end = (id: number, result: Parameters<ReturnType<Network['record']>['end']>[0]): void => {
    open.get(id)?.end(result);
    open.delete(id);
  };
  webRequest.onBeforeRequest(({ id, url }, decide) => {
    if (settings.current().offline) return decide({ cancel: true });
    end(id, { status: 302, bytes: 0, error: null }); // a redirect asks again under the same number
    open.set(id, network.record({ address: publicAddress(new URL(url)), purpose: strings.updates.purpose }));
    decide({});
  });
  webRequest.onCompleted(({ id, statusCode, responseHeaders }) => {
    const length = Object.entries(responseHeaders ?? {}).find(([name]) => name.toLowerCase() === 'content-length');
    end(id, { status: statusCode, bytes: Number(length?.[1]?.[0] ?? 0) || 0, error: null });
  });
  webRequest.onErrorOccurred(({ id, error }) => end(id, { status: null, bytes: 0, error }));
}
