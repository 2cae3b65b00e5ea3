// Stands in for Electron in tests: its binary can't run everywhere that they do. What it is told is kept in `told`;
// processes are real ones, by Node's fork.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';

interface WindowLike extends EventEmitter {
  loadURL(address: string): Promise<void>;
}

export const told = {
  handler: undefined as unknown,
  addresses: [] as string[],
  exited: undefined as number | undefined,
  quits: 0,
  forked: [] as string[],
  errors: [] as [string, string][],
  /** What a person answers, one after the other. */
  answers: [] as number[],
  questions: [] as { message: string; buttons: string[] }[],
  chosen: [] as { properties: string[]; filters?: { name: string }[] }[],
  revealed: [] as string[],
  bars: [] as number[],
  badges: [] as number[],
  notifications: [] as (EventEmitter & { title: string })[],
  windows: [] as WindowLike[],
  userData: '',
  focused: false,
};

class BrowserWindow extends EventEmitter {
  static getAllWindows = (): WindowLike[] => told.windows;
  static getFocusedWindow = (): WindowLike | null => (told.focused ? (told.windows[0] ?? null) : null);
  webContents = Object.assign(new EventEmitter(), { setWindowOpenHandler: () => {}, session, reload: () => {} });
  constructor() {
    super();
    told.windows.push(this);
    app.emit('browser-window-created', {}, this);
  }
  loadURL = async (address: string): Promise<void> => void told.addresses.push(address);
  setProgressBar = (share: number): void => void told.bars.push(share);
  setBackgroundColor = (): void => {};
  getNormalBounds = () => ({ x: 10, y: 10, width: 1000, height: 700 });
  isMaximized = () => false;
  isMinimized = () => false;
  isDestroyed = () => false;
  maximize = (): void => {};
  show = (): void => {};
  focus = (): void => {};
}

class UtilityProcess extends EventEmitter {
  readonly #child: ChildProcess;
  pid: number | undefined;
  readonly stdout;
  readonly stderr;
  constructor(file: string, args: string[], { env }: { env: NodeJS.ProcessEnv }) {
    super();
    told.forked.push(file);
    this.#child = fork(file, args, { env, serialization: 'advanced', stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.stdout = this.#child.stdout;
    this.stderr = this.#child.stderr;
    this.#child.on('message', (data) => this.emit('message', data));
    this.#child.on('spawn', () => {
      this.pid = this.#child.pid;
      this.emit('spawn');
    });
    this.#child.on('exit', (code, signal) => {
      this.pid = undefined;
      this.#exiting = true;
      this.emit('exit', code ?? (signal === 'SIGKILL' ? 9 : 15));
      this.#exiting = false;
    });
  }
  #exiting = false;
  postMessage(data: unknown): void {
    // Electron 44 crashes here.
    if (this.#exiting) throw new Error('posted from within the exit listener');
    if (this.#child.connected) this.#child.send(data as object, () => {});
  }
  kill = (): boolean => this.#child.kill('SIGTERM');
}

class Notification extends EventEmitter {
  static isSupported = () => true;
  readonly title: string;
  constructor({ title }: { title: string }) {
    super();
    this.title = title;
    told.notifications.push(this);
  }
  show = (): void => {};
}

const session = Object.assign(new EventEmitter(), {
  setPermissionRequestHandler: () => {},
  setPermissionCheckHandler: () => {},
  setDevicePermissionHandler: () => {},
  setDisplayMediaRequestHandler: () => {},
  setSpellCheckerEnabled: () => {},
  webRequest: { onBeforeRequest: () => {} },
});

const app = Object.assign(new EventEmitter(), {
  isPackaged: false,
  setPath: (_name: string, path: string) => (told.userData = path),
  requestSingleInstanceLock: () => true,
  enableSandbox: () => {},
  whenReady: async () => {},
  setBadgeCount: (count: number) => (told.badges.push(count), true),
  quit: () => void told.quits++,
  exit: (code = 0) => void (told.exited = code),
});

const answer = async (...given: unknown[]) => {
  const question = given.at(-1) as { message: string; buttons: string[] };
  told.questions.push(question);
  return { response: told.answers.shift() ?? 0 };
};

export const electron = {
  app,
  BrowserWindow,
  Notification,
  dialog: {
    showErrorBox: (title: string, text: string) => void told.errors.push([title, text]),
    showMessageBox: answer,
    showOpenDialog: async (...given: unknown[]) => {
      told.chosen.push(given.at(-1) as (typeof told.chosen)[number]);
      return { canceled: false, filePaths: ['/chosen'] };
    },
  },
  Menu: { setApplicationMenu: () => {}, buildFromTemplate: (template: unknown) => template },
  nativeTheme: Object.assign(new EventEmitter(), { themeSource: 'system', shouldUseDarkColors: false }),
  powerMonitor: new EventEmitter(),
  protocol: {
    registerSchemesAsPrivileged: () => {},
    handle: (_scheme: string, handler: unknown) => (told.handler = handler),
  },
  screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] },
  shell: {
    openExternal: async () => {},
    openPath: async () => '',
    showItemInFolder: (path: string) => void told.revealed.push(path),
  },
  utilityProcess: {
    fork: (file: string, args: string[], options: { env: NodeJS.ProcessEnv }) =>
      new UtilityProcess(file, args, options),
  },
};
