import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { CHROMIUM_NEEDED, findChromium } from './browser.ts';
import type { WindowHost } from './host-of-window.ts';
import { startVitrine } from './vitrine.ts';
import type { Running } from './vitrine.ts';
import { watchPage } from './watch-page.ts';

/** What `npm start` runs: it builds the window first where that is missing or old. */
const START = join(import.meta.dirname, '../bin/start.js');

/** Where a served library answers. */
export interface ServedAt {
  url: string;
  port: number;
  token: string;
}

/** `vitrine serve` as a process, with workers of its own, and a browser on it. */
export class ServedHost implements WindowHost {
  readonly home: string;
  readonly browser: Browser;
  page!: Page;
  problems: string[] = [];
  at!: ServedAt;
  #running!: Running;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(home: string, browser: Browser, env: NodeJS.ProcessEnv) {
    this.home = home;
    this.browser = browser;
    this.#env = env;
  }

  static missing(): string | null {
    return findChromium() === null ? CHROMIUM_NEEDED : null;
  }

  /** @param env beside this process's own, for main */
  static async open(env: NodeJS.ProcessEnv = {}): Promise<ServedHost> {
    const home = await mkdtemp(join(tmpdir(), 'vitrine-e2e-'));
    const browser = await chromium.launch({ executablePath: findChromium()!, args: ['--no-sandbox'] });
    const host = new ServedHost(home, browser, { ...env, VITRINE_HOME: home });
    try {
      await host.#start(0);
      host.page = await host.newPage();
      host.problems = [];
      watchPage(host.page, (problem) => host.problems.push(problem));
      await host.page.goto(host.at.url);
    } catch (error) {
      await host.close();
      throw error;
    }
    return host;
  }

  get address(): string {
    return `http://127.0.0.1:${this.at.port}`;
  }

  newPage(options: BrowserContextOptions = {}): Promise<Page> {
    return this.browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light', ...options });
  }

  async kill(): Promise<void> {
    const { child } = this.#running;
    const ended = once(child, 'exit'); // not "close": workers that live on hold its outputs
    child.kill('SIGKILL');
    await ended;
  }

  restart(): Promise<void> {
    return this.#start(this.at.port);
  }

  async close(): Promise<void> {
    await this.browser.close();
    if (this.#running) {
      this.#running.signalGroup('SIGTERM');
      const late = setTimeout(() => this.#running.signalGroup('SIGKILL'), 10_000);
      await this.#running.ended;
      clearTimeout(late);
    }
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  async #start(port: number): Promise<void> {
    this.at = await new Promise<ServedAt>((resolve, reject) => {
      const running = startVitrine(['--json', '--port', String(port)], {
        program: [process.execPath, START],
        env: this.#env,
        onLine: (line) => resolve(line as unknown as ServedAt),
      });
      this.#running = running;
      running.ended.then(({ stderr }) => reject(new Error(`vitrine serve ended at its start:\n${stderr}`)), reject);
    });
  }
}
