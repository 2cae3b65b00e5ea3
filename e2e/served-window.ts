// The built window over a real library, in a real Chromium: what the tests of views share.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { createHandler } from '../src-main/app/http/handler.ts';
import { serveOverHttp } from '../src-main/app/http/server.ts';
import type { Served } from '../src-main/app/http/server.ts';
import { openLibrary } from '../src-main/app/library.ts';
import type { Library } from '../src-main/app/library.ts';
import { findChromium } from './browser.ts';
import { watchPage } from './watch-page.ts';

const TOKEN = 'a-token-for-this-test';

/** A library, its server and a browser. */
export class ServedWindow {
  library: Library;
  readonly home: string;
  /** Faults that main told of; a test file ends with none. */
  readonly bugs: unknown[];
  /** What a page wrote to its console as an error, threw, or asked of somebody else; a test ends with none. */
  problems: string[] = [];
  served: Served;
  readonly #browser: Browser;
  readonly #web: string;

  private constructor(parts: Pick<ServedWindow, 'library' | 'home' | 'bugs' | 'served'> & Parts) {
    this.library = parts.library;
    this.home = parts.home;
    this.bugs = parts.bugs;
    this.served = parts.served;
    this.#browser = parts.browser;
    this.#web = parts.web;
  }

  /** @param out as builtWindow gave it */
  static async open(out: string): Promise<ServedWindow> {
    const home = await mkdtemp(join(tmpdir(), 'vitrine-window-'));
    const bugs: unknown[] = [];
    const library = await openLibrary({ host: 'serve', home, onBug: (error) => bugs.push(error) });
    const web = join(out, 'renderer');
    const served = await serve({ library, web, bugs }, 0);
    const browser = await chromium.launch({ executablePath: findChromium()!, args: ['--no-sandbox'] });
    return new ServedWindow({ library, home, bugs, served, browser, web });
  }

  /** Where a browser gets in. */
  get entrance(): string {
    return `${this.served.address}/?token=${TOKEN}`;
  }

  /** Another server at the address of the one that was closed. */
  async serveAgain(port: number): Promise<void> {
    this.served = await serve({ library: this.library, web: this.#web, bugs: this.bugs }, port);
  }

  /** Another main over the same library, at the same address; with another token, pages that are open are strangers. */
  async restart(token = TOKEN): Promise<void> {
    const { port } = this.served;
    this.library.events.close();
    await this.served.close(200);
    await this.library.close();
    this.library = await openLibrary({ host: 'serve', home: this.home, onBug: (error) => this.bugs.push(error) });
    this.served = await serve({ library: this.library, web: this.#web, bugs: this.bugs, token }, port);
  }

  /** A page with the library's token, at the first view. */
  async newPage(): Promise<Page> {
    this.problems = [];
    const page = await this.#browser.newPage({ viewport: { width: 1280, height: 820 }, colorScheme: 'light' });
    watchPage(page, (problem) => this.problems.push(problem));
    await page.goto(this.entrance);
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.library.events.close();
    await this.served.close(1000);
    await this.library.close();
    await rm(this.home, { recursive: true, force: true });
  }
}

interface Parts {
  browser: Browser;
  web: string;
}

function serve(
  { library, web, bugs, token = TOKEN }: { library: Library; web: string; bugs: unknown[]; token?: string },
  port: number,
): Promise<Served> {
  const onBug = (error: unknown): void => void bugs.push(error);
  return serveOverHttp({
    handler: createHandler({ library, web, onBug }),
    host: '127.0.0.1',
    port,
    token,
    onBug,
  });
}
