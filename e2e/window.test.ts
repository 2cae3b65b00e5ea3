// The built window in a real browser: `electron-vite build` (Electron's binary is not needed), then Chromium.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { href } from '../src-renderer/routes.ts';
import { strings } from '../src-renderer/strings.ts';
import { VIEW_IDS } from '../src-renderer/views/registry.ts';
import { seriousOn } from './axe.ts';
import { CHROMIUM_NEEDED, findChromium } from './browser.ts';
import { builtWindow } from './built-window.ts';
import type { ServedWindow } from './served-window.ts';
import { useWindow } from './use-window.ts';

const root = join(import.meta.dirname, '..');

test('the build has the three parts of a desktop app', async () => {
  const out = await builtWindow();
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

describe.skipIf(findChromium() === null)(`in Chromium (${CHROMIUM_NEEDED})`, { timeout: 180_000 }, () => {
  const suite = useWindow();
  const { go } = suite;
  let window: ServedWindow;
  let page: Page;

  beforeAll(() => {
    ({ window } = suite);
  });

  beforeEach(() => {
    ({ page } = suite);
  });

  const rows = () => page.getByRole('grid').getByRole('row');
  const total = () => page.locator('.line [role=status] strong').textContent();

  test('every view is reached by the rail, and says where one is', async () => {
    for (const id of VIEW_IDS) {
      const { title } = strings.views[id];
      await page.getByRole('navigation').getByRole('link', { name: title, exact: true }).click();
      await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
      expect(
        await page.getByRole('navigation', { name: 'Views' }).locator('[aria-current=page]').textContent(),
      ).toContain(title);
    }
  });

  test('the address is the state: reload and back', async () => {
    await go('#/runs');
    await page.getByRole('link', { name: 'Reports' }).click();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Reports', exact: true }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Runs', exact: true }).waitFor();
  });

  test('where somebody goes is not written over by the place that is left', async () => {
    await rows().nth(5).waitFor();
    await page.evaluate(async () => {
      let write = (): void => {};
      globalThis.requestIdleCallback = (callback) => {
        write = callback as () => void;
        return 0;
      };
      const search = document.querySelector<HTMLInputElement>('[data-search]')!;
      search.value = 'kitti';
      search.dispatchEvent(new InputEvent('input', { bubbles: true }));
      await new Promise((resolve) => setTimeout(resolve, 50));
      location.hash = '#/engine';
      write(); // the window hears of its new address after this
    });
    await page.getByRole('heading', { level: 1, name: 'Engine', exact: true }).waitFor();
    expect(new URL(page.url()).hash).toBe('#/engine');
  });

  test('the appearance is chosen in Settings, kept, and given back to the system', async () => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await go('#/settings');
    await page.getByRole('radio', { name: 'Dark' }).check();
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByRole('radio', { name: 'Dark', checked: true }).waitFor();
    expect(await background()).toBe(dark);
    await page.getByRole('radio', { name: 'As the system' }).check();
    expect(await background()).toBe(light);
  });

  test('the command is copied', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: window.served.address });
    await go(href('settings', {}, { section: 'storage' }));
    await page.getByRole('button', { name: 'Copy the command' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('VITRINE_HOME=');
  });

  test('nothing is cut off in the smallest window', async () => {
    await page.setViewportSize({ width: 720, height: 480 });
    for (const id of VIEW_IDS) {
      await go(href(id, {}));
      await page.getByRole('heading', { level: 1, name: strings.views[id].title, exact: true }).waitFor();
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(720);
    }
  });

  test('the catalog lists, counts, filters, searches and sorts, and its address brings the question back', async () => {
    await rows().nth(5).waitFor();
    expect(await total()).toBe('51,526');
    await page.getByRole('checkbox', { name: 'imagenet2012' }).check();
    await page.getByRole('searchbox').fill('B/16 medium1');
    await expect.poll(total).not.toBe('51,526');
    await expect.poll(() => rows().nth(1).textContent()).toContain('medium1');
    await page.getByRole('button', { name: 'top-1 %' }).click();
    await expect.poll(() => rows().nth(1).textContent()).toContain('85.49'); // published: README's B/16
    const found = await total();
    await page.reload();
    await expect.poll(total).toBe(found);
    await expect.poll(() => rows().nth(1).textContent()).toContain('85.49');
    await expect.poll(() => page.getByRole('searchbox').inputValue()).toBe('B/16 medium1');
    await page.getByRole('button', { name: /^Remove Adapted to/ }).click();
    await expect.poll(total).not.toBe(found);
  });

  test('a list of 51,526 rows is scrolled anywhere, by mouse and by keys', async () => {
    await rows().nth(5).waitFor();
    await page.getByRole('grid').evaluate((grid) => (grid.scrollTop = 25_000 * 32));
    const middle = page.locator('[aria-rowindex="25010"]');
    await middle.waitFor();
    await expect.poll(() => middle.textContent()).toMatch(/\d/);
    await page.getByRole('grid').focus();
    await page.keyboard.press('End');
    await page.locator('[aria-rowindex="51527"]').waitFor();
    await page.keyboard.press('Home');
    await page.locator('[aria-rowindex="2"]').waitFor();
    await expect.poll(() => page.getByRole('grid').locator('.row').count()).toBeLessThan(80);
  });

  test('by keys alone: look at a checkpoint, note it, star it, take that back, compare two', async () => {
    await rows().nth(5).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('R26+S/32 oxford');
    await expect.poll(() => rows().nth(1).textContent()).toContain('oxford_iiit_pet');
    await page.getByRole('grid').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('Space');
    const preview = page.getByRole('region', { name: 'Preview' });
    await preview.getByText('Where it lies').waitFor();
    await preview.getByLabel('Your note').fill('for the pets');
    await preview.getByLabel('Your note').blur();
    await page.getByText('kept.').waitFor();
    await page.getByRole('grid').focus();
    await page.keyboard.press('Escape');
    await preview.waitFor({ state: 'hidden' });
    await expect.poll(() => window.library.catalog.annotations().map(({ note }) => note)).toEqual(['for the pets']);
    await page.getByRole('grid').focus();
    await page.keyboard.press('s');
    await page.getByText(/starred\.$/).waitFor();
    expect(window.library.catalog.annotations().some(({ starred }) => starred)).toBe(true);
    await page.keyboard.press('Control+z');
    await expect.poll(() => window.library.catalog.annotations().some(({ starred }) => starred)).toBe(false);
    await page.keyboard.press('c');
    await page.keyboard.press('j');
    await page.keyboard.press('c');
    await page.getByRole('button', { name: 'Compare 2' }).click();
    await page.getByRole('dialog').getByRole('rowheader').first().waitFor();
    expect(window.library.catalog.comparing()).toHaveLength(2);
    window.library.catalog.compare([]);
  });

  test('commands by name, and the keys of this place', async () => {
    await rows().nth(5).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('A command, a view').fill('repor');
    await expect
      .poll(() => page.getByRole('option').allTextContents())
      .toContainEqual(expect.stringMatching(/^Reports\s/));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Reports', exact: true }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  });

  test('what goes wrong is said where it was asked: an index that is none, a checkpoint that is not there', async () => {
    await rows().nth(5).waitFor();
    await page.getByRole('button', { name: 'Import index' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('/no/such/index.csv');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('/no/such/index.csv');
    await page.keyboard.press('Escape');
    await go(href('catalog', {}, { preview: '<b>none</b>' }));
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('<b>none</b>');
    window.problems = window.problems.filter((problem) => !/status of (404|422)/.test(problem)); // the browser's own note of an answer
  });

  test('a server that goes is missed, and found again', async () => {
    await rows().nth(5).waitFor();
    const { port } = window.served;
    await window.served.close(0);
    await page.getByText('The connection to Vitrine is lost').waitFor();
    await window.serveAgain(port);
    await page.getByText('The connection to Vitrine is lost').waitFor({ state: 'hidden' });
    window.problems = window.problems.filter(
      (problem) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING/.test(problem),
    );
  });

  test.each(['light', 'dark'] as const)('axe finds nothing serious, %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    for (const hash of ['#/catalog', '#/runs', '#/settings']) {
      await go(hash);
      await page.reload();
      if (hash === '#/catalog') await rows().nth(5).waitFor();
      expect(await seriousOn(page)).toEqual([]);
    }
  });
});
