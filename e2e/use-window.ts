import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { inProcess, type Client } from '../src-main/app/in-process.ts';
import { builtWindow } from './built-window.ts';
import { stopAllRuns } from './host-client.ts';
import { makeFolder } from './run-fixtures.ts';
import { ServedWindow } from './served-window.ts';

/** What the tests of one suite share; there from `beforeAll` on. */
export interface WindowSuite {
  /** A library of its own, served to a browser. */
  readonly window: ServedWindow;
  /** Of the library that is open now. */
  readonly client: Client;
  /** Another one for each test, at the first view. */
  readonly page: Page;
  /** Sends the page to an address of the window, as `href` gives it. */
  readonly go: (hash: string) => Promise<unknown>;
  /** A path in a folder that goes with the suite. */
  readonly at: (name: string) => string;
}

/**
 * Opens the built window for all tests of the suite that calls this, and a page for each; runs that still go are
 * stopped at its end. No test may leave a problem behind (see `ServedWindow.problems`), and the suite no fault of main.
 * @param tolerated problems that belong to what is tested: the browser writes down each answer that is a refusal
 */
export function useWindow(tolerated?: RegExp): WindowSuite {
  let window: ServedWindow;
  let page: Page;
  let folder: Awaited<ReturnType<typeof makeFolder>>;

  beforeAll(async () => {
    folder = await makeFolder();
    window = await ServedWindow.open(await builtWindow());
  });

  afterAll(async () => {
    await stopAllRuns(inProcess(window.library));
    await window.close();
    await folder.remove();
    expect(window.bugs).toEqual([]);
  });

  beforeEach(async () => {
    page = await window.newPage();
  });

  afterEach(async () => {
    await page.close();
    expect(window.problems.filter((problem) => !tolerated?.test(problem))).toEqual([]);
  });

  return {
    get window() {
      return window;
    },
    get client() {
      return inProcess(window.library);
    },
    get page() {
      return page;
    },
    go: (hash) => page.goto(`${window.served.address}/${hash}`),
    at: (name) => join(folder.path, name),
  };
}
