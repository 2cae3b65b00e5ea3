// The built window in a real browser: `electron-vite build` (Electron's binary is not needed), then Chromium.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { staticFiles } from '../src-main/services/web/static-files.ts';
import { strings } from '../src-renderer/strings.ts';
import { hashOfView, VIEW_IDS } from '../src-renderer/views/registry.ts';
import { CHROMIUM_NEEDED, findChromium } from './browser.ts';
import type { Served } from './serve.ts';
import { serve } from './serve.ts';

const root = join(import.meta.dirname, '..');
let out: string;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'vitrine-build-'));
  const tool = join(root, 'node_modules/electron-vite/bin/electron-vite.js');
  const env = { ...process.env, NODE_ENV: 'production' };
  await promisify(execFile)(process.execPath, [tool, 'build', '--outDir', out], { cwd: root, env });
});

afterAll(() => rm(out, { recursive: true, force: true }));

test('the build has the three parts of a desktop app', async () => {
  expect(await readdir(join(out, 'main'))).toContain('index.js');
  expect(await readdir(join(out, 'renderer'))).toContain('index.html');
  // The sandbox loads CommonJS only, and only Electron's own modules.
  const preload = await readFile(join(out, 'preload', 'preload.cjs'), 'utf8');
  expect([...preload.matchAll(/require\(["'](.+?)["']\)/g)].map((match) => match[1])).toEqual(['electron']);
});

test('the preload is small enough to read at a glance', async () => {
  const source = await readFile(join(root, 'src-main/hosts/electron/preload.ts'), 'utf8');
  expect(source.trim().split('\n').length).toBeLessThanOrEqual(15);
});

const executablePath = findChromium();

describe.skipIf(executablePath === null)(`in Chromium (${CHROMIUM_NEEDED})`, () => {
  let browser: Browser;
  let served: Served;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    served = await serve(staticFiles(join(out, 'renderer')));
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  });

  afterAll(async () => {
    await browser.close();
    await served.close();
  });

  beforeEach(async () => {
    problems = [];
    page = await browser.newPage({ viewport: { width: 1280, height: 820 }, colorScheme: 'light' });
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? 'failed';
      // A reload aborts what the page before it was still loading.
      if (reason !== 'net::ERR_ABORTED') problems.push(`${request.url()}: ${reason}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(served.origin)) problems.push(`${request.url()} is not Vitrine's own`);
    });
    await page.goto(served.origin);
  });

  afterEach(async () => {
    await page.close();
    expect(problems).toEqual([]);
  });

  test('every view is reached from the rail and says what does its work today', async () => {
    for (const id of VIEW_IDS) {
      const view = strings.views[id];
      await page.getByRole('navigation').getByRole('link', { name: view.title, exact: true }).click();
      await page.getByRole('heading', { level: 1, name: view.title }).waitFor();
      expect(page.url()).toBe(`${served.origin}/${hashOfView(id)}`);
      expect(await page.title()).toBe(`${view.title} · Vitrine`);
      expect(await page.getByText(view.sentence).isVisible()).toBe(true);
      expect(await page.locator('code').textContent()).toBe(view.command);
      expect(await page.locator('[aria-current=page]').textContent()).toContain(view.title);
    }
  });

  test('the address is the state: reload and back', async () => {
    await page.goto(`${served.origin}/#/runs`);
    await page.getByRole('link', { name: 'Reports' }).click();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Reports' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
  });

  test('the rail works by keyboard', async () => {
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Data' }).waitFor();
  });

  test('the appearance is chosen in Settings, kept, and given back to the system', async () => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.goto(`${served.origin}/#/settings`);
    await page.getByRole('radio', { name: 'Dark' }).check();
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByRole('radio', { name: 'Dark', checked: true }).waitFor();
    expect(await background()).toBe(dark);
    await page.getByRole('radio', { name: 'As the system' }).check();
    expect(await background()).toBe(light);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await background()).toBe(dark);
  });

  test('the command is copied', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: served.origin });
    await page.getByRole('button', { name: 'Copy the command' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(strings.views.catalog.command);
  });

  test('nothing is cut off in the smallest window', async () => {
    await page.setViewportSize({ width: 720, height: 480 });
    for (const id of VIEW_IDS) {
      await page.goto(`${served.origin}/${hashOfView(id)}`);
      await page.getByRole('heading', { level: 1, name: strings.views[id].title }).waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(720);
    }
  });
});
