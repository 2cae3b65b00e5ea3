import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import type { ElectronApplication, Page } from 'playwright-core';
import { watchPage } from './watch-page.ts';
import type { WindowHost } from './host-of-window.ts';

const ROOT = join(import.meta.dirname, '..');
const PACKAGE = join(ROOT, 'node_modules/electron');

/** The desktop app, driven through Electron's own debugger. */
export class ElectronHost implements WindowHost {
  readonly home: string;
  page!: Page;
  problems: string[] = [];
  #app!: ElectronApplication;

  private constructor(home: string) {
    this.home = home;
  }

  static missing(): string | null {
    if (!existsSync(join(PACKAGE, 'path.txt'))) return "needs Electron's binary: node node_modules/electron/install.js";
    if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY'])
      return 'needs a display: xvfb-run npm run e2e -- --host electron';
    return null;
  }

  static async open(): Promise<ElectronHost> {
    const tool = join(ROOT, 'node_modules/electron-vite/bin/electron-vite.js');
    const built = spawnSync(process.execPath, [tool, 'build', '--logLevel', 'warn'], {
      cwd: ROOT,
      stdio: ['ignore', 2, 2],
    });
    if (built.status !== 0) throw new Error('The window could not be built.');
    const host = new ElectronHost(await mkdtemp(join(tmpdir(), 'vitrine-e2e-')));
    await host.restart();
    return host;
  }

  async kill(): Promise<void> {
    const ended = this.#app.waitForEvent('close');
    this.#app.process().kill('SIGKILL');
    await ended;
  }

  /** The window is main's: it comes anew. */
  async restart(): Promise<void> {
    const binary = join(PACKAGE, 'dist', (await readFile(join(PACKAGE, 'path.txt'), 'utf8')).trim());
    this.#app = await _electron.launch({
      executablePath: binary,
      args: [ROOT, '--no-sandbox', `--user-data-dir=${join(this.home, 'electron')}`],
      env: { ...(process.env as Record<string, string>), VITRINE_HOME: this.home },
    });
    this.page = await this.#app.firstWindow();
    this.problems = [];
    watchPage(this.page, (problem) => this.problems.push(problem));
  }

  async close(): Promise<void> {
    await this.#app.close();
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}
