// The catalog's page beyond its list: what is looked at, chosen, narrowed, saved, downloaded, and found again.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { honest, honestHeaders, safetensors, startServer } from '../src-main/services/downloads/test-server.fixture.ts';
import type { TestServer } from '../src-main/services/downloads/test-server.fixture.ts';
import { href } from '../src-renderer/routes.ts';
import { seriousOn } from './axe.ts';
import { CHROMIUM_NEEDED, findChromium } from './browser.ts';
import type { ServedWindow } from './served-window.ts';
import { useWindow } from './use-window.ts';

const DEMO = join(import.meta.dirname, '../resources/demo/digits-vit.npz');
const CONTENT = safetensors(3_000_000);

describe.skipIf(findChromium() === null)(`in Chromium (${CHROMIUM_NEEDED})`, { timeout: 180_000 }, () => {
  const suite = useWindow();
  const { go } = suite;
  let window: ServedWindow;
  let host: TestServer;
  let page: Page;

  beforeAll(async () => {
    ({ window } = suite);
    host = await startServer();
  });

  afterAll(async () => {
    await host.close();
  });

  beforeEach(async () => {
    ({ page } = suite);
    await rows().nth(5).waitFor();
  });

  const rows = (of = page) => of.getByRole('grid').getByRole('row');
  const total = () => page.locator('.line [role=status] strong').textContent();
  const preview = () => page.getByRole('region', { name: 'Preview' });
  const query = () => new URLSearchParams(page.url().split('?')[1]);

  test('a row is looked at beside the table, opened, and the page comes back as it was left', async () => {
    await page.getByRole('searchbox').fill('S/16 kitti');
    await expect.poll(() => rows().nth(1).textContent()).toContain('kitti');
    const grid = page.getByRole('grid');
    await grid.evaluate((element) => (element.scrollTop = 4000));
    const row = page.locator('[aria-rowindex="130"]');
    await row.click();
    await preview().getByText('Where it lies').waitFor();
    await expect.poll(() => query().get('preview')).toContain('S_16');
    const name = query().get('preview')!;
    await page.keyboard.press('j');
    await expect.poll(() => query().get('preview')).not.toBe(name);
    await page.keyboard.press('k');
    await expect.poll(() => query().get('preview')).toBe(name);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toContain(`/catalog/${encodeURIComponent(name)}`);
    await page.goBack();
    await preview().waitFor();
    await expect.poll(() => grid.evaluate((element) => Math.round(element.scrollTop))).toBe(4000);
    await expect.poll(() => page.getByRole('searchbox').inputValue()).toBe('S/16 kitti');
    await expect.poll(() => page.locator('.row.cursor').getAttribute('aria-rowindex')).toBe('130');
    // By the rail too.
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('heading', { level: 1, name: 'Runs', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Catalog' }).click();
    await preview().waitFor();
    await expect.poll(() => query().get('text')).toBe('S/16 kitti');
    await page.reload();
    await preview().getByText('Where it lies').waitFor();
    await expect.poll(() => query().get('preview')).toBe(name);
  });

  test('several are chosen, starred, tagged and put into the tray at once; tags filter; undo takes back', async () => {
    const annotated = () => window.library.catalog.annotations().filter(({ starred, tags }) => starred || tags.length);
    await rows().nth(2).click();
    await rows()
      .nth(4)
      .click({ modifiers: ['Shift'] });
    await rows()
      .nth(6)
      .click({ modifiers: ['Control'] });
    const bar = page.getByRole('group', { name: '4 chosen' });
    await bar.getByRole('button', { name: 'Star' }).click();
    await expect.poll(() => annotated().length).toBe(4);
    await page.getByText('4 starred.').waitFor();
    await page.getByRole('grid').focus();
    await page.keyboard.press('Control+z');
    await expect.poll(() => annotated().length).toBe(0);
    await bar.getByRole('textbox').fill('for later');
    await bar.getByRole('textbox').press('Enter');
    await expect.poll(() => annotated().flatMap(({ tags }) => tags)).toEqual(Array(4).fill('for later'));
    await bar.getByRole('button', { name: 'Compare' }).click();
    await page.getByRole('button', { name: 'Compare 4' }).waitFor();
    await page.reload();
    await page.getByRole('checkbox', { name: 'for later' }).check();
    await expect.poll(total).toBe('4');
    await expect.poll(() => query().get('tag')).toBe('for later');
    await rows().nth(1).click();
    await preview().getByRole('button', { name: 'Remove for later' }).click();
    await expect.poll(() => annotated().length).toBe(3);
    window.library.catalog.compare([]);
  });

  test('ranges, lineages, and every condition is a chip that goes away', async () => {
    await page.getByLabel('top-1, %, at least').fill('85');
    await page.getByLabel('top-1, %, at least').press('Enter');
    await expect.poll(() => query().get('range')).toBe('adaptFinalTest:0.85..');
    // The address says what is asked before the answer is here.
    await expect.poll(total).toMatch(/^[1-9]\d?$/);
    expect(Number(await total())).toBeLessThan(30);
    await page.getByText(/^26 of 51,476 have one$/).waitFor();
    await page.getByLabel('img/s, at most').fill('many');
    await page.getByLabel('img/s, at most').press('Enter');
    await page.getByText('Not a number').waitFor();
    await page.getByLabel('By pre-training').check();
    await page.getByText(/in \d+ pre-trainings/).waitFor();
    const lines = await rows().count();
    await page.getByRole('grid').focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => rows().count()).toBeGreaterThan(lines);
    await page.keyboard.press('Enter');
    await expect.poll(() => rows().count()).toBe(lines);
    await page.getByLabel('By pre-training').uncheck();
    await page.getByRole('button', { name: 'Remove top-1, % ≥ 85' }).waitFor();
    await page.getByRole('searchbox').fill('B/16');
    await page.getByRole('button', { name: 'Remove Text: B/16' }).waitFor();
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await expect.poll(total).toBe('51,526');
    // A rectangle of the chart is a condition too.
    const box = (await page.locator('figure .canvas').boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.12, box.y + 4);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.95, box.y + box.height * 0.75, { steps: 4 });
    await page.mouse.up();
    await page.getByRole('button', { name: /^Remove Brushed, \d/ }).click();
    await expect.poll(total).toBe('51,526');
  });

  test('a view is saved with its columns, found by its address, changed and deleted', async () => {
    await page.getByRole('checkbox', { name: 'imagenet2012' }).check();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('checkbox', { name: 'Params' }).check();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('textbox', { name: 'Name of the view' }).fill('Big <b>sets</b>');
    await page.keyboard.press('Enter');
    await page.getByText('View “Big <b>sets</b>” saved.').waitFor();
    expect(window.library.catalog.views()).toMatchObject([{ query: { where: { adaptDs: ['imagenet2012'] } } }]);
    const other = await window.newPage();
    await other.goto(`${window.served.address}/${href('catalog', {}, { view: 'Big <b>sets</b>' })}`);
    await other.reload();
    await other.getByRole('columnheader', { name: 'Params' }).waitFor();
    await expect.poll(() => other.getByRole('checkbox', { name: 'imagenet2012' }).isChecked()).toBe(true);
    await other.close();
    await page.getByRole('checkbox', { name: 'imagenet2012' }).uncheck();
    await page.getByRole('button', { name: 'Big <b>sets</b>, changed' }).click();
    await page.getByRole('button', { name: /^Delete the view/ }).click();
    await expect.poll(() => window.library.catalog.views()).toEqual([]);
    await page.getByText('deleted.').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+z');
    await expect.poll(() => window.library.catalog.views()).toHaveLength(1);
    window.library.catalog.deleteView('Big <b>sets</b>');
  });

  test('downloads: progress, pause, what was checked, what failed and why; accessible, light and dark', async () => {
    const good = host.on('/model.safetensors', honest(CONTENT));
    const refused = host.on('/B_16.npz', (_, response) => response.writeHead(403).end());
    const slow = host.on('/slow.safetensors', (_, response) => {
      response.writeHead(200, honestHeaders(CONTENT)).write(CONTENT.subarray(0, 1_000_000));
    });
    await page.getByRole('button', { name: 'Downloads' }).click();
    const drawer = page.getByRole('dialog', { name: 'Downloads' });
    await drawer.getByText(/free on the library’s disk/).waitFor();
    for (const address of [good, refused, slow]) {
      await drawer.getByRole('textbox').fill(address);
      await drawer.getByRole('textbox').press('Enter');
      await drawer
        .getByText(address.slice(address.lastIndexOf('/') + 1))
        .first()
        .waitFor();
    }
    await drawer.getByText(/^Checked against: /).waitFor();
    await drawer.getByText('failed', { exact: true }).waitFor();
    await drawer
      .getByText(/answers 403/)
      .first()
      .waitFor();
    await drawer.getByText(/vision_transformer#321/).waitFor();
    await expect.poll(() => drawer.getByRole('button', { name: 'Import a file…' }).isVisible()).toBe(true);
    await drawer.getByText(/1\.00 MB of 3\.00 MB/).waitFor();
    await drawer.getByRole('button', { name: /^Pause .*\/slow\.safetensors$/ }).click();
    await drawer.getByText('paused', { exact: true }).waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await seriousOn(page)).toEqual([]);
    }
    await drawer.getByRole('button', { name: /^Remove .*\/slow\.safetensors from/ }).click();
    await drawer.getByText('paused', { exact: true }).waitFor({ state: 'hidden' });
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: '0 downloads, 1 failed' }).click();
    await drawer.getByRole('link', { name: 'Open the checkpoint' }).click();
    await expect.poll(() => page.url()).toContain('#/checkpoints/');
  });

  test('what is on this machine: taken in by a drop, gone when its file is, opened', async () => {
    await go(href('catalog', {}, { here: true }));
    const before = (await window.library.checkpoints.list()).length;
    const bytes = (await readFile(DEMO)).toString('base64');
    const transfer = await page.evaluateHandle((content) => {
      const data = new DataTransfer();
      const file = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
      data.items.add(new File([file], 'dropped.npz'));
      return data;
    }, bytes);
    await page
      .getByRole('region', { name: 'Checkpoints on this machine' })
      .dispatchEvent('drop', { dataTransfer: transfer });
    await page.getByText('1 checkpoint added.').waitFor();
    const row = rows().filter({ hasText: 'dropped.npz' });
    await row.waitFor();
    const all = await window.library.checkpoints.list();
    expect(all).toHaveLength(before + 1);
    expect(window.library.uploads.list()).toEqual([]);
    await rm(all.find(({ path }) => path.endsWith('dropped.npz'))!.path);
    await page.getByRole('button', { name: 'Look again' }).click();
    await row.getByText('missing').waitFor();
    await row.dblclick();
    await expect.poll(() => page.url()).toContain('#/checkpoints/');
  });

  test('four tabs stay live', async () => {
    const others = await Promise.all([1, 2, 3].map(() => window.newPage()));
    for (const other of others) await rows(other).nth(5).waitFor();
    await rows().nth(2).getByRole('button', { name: 'Star' }).click();
    for (const other of others) await rows(other).nth(2).getByRole('button', { name: 'Star', pressed: true }).waitFor();
    await others[2]!.getByRole('grid').focus();
    await others[2]!.keyboard.press('c');
    for (const one of [page, others[0]!, others[1]!]) await one.getByRole('button', { name: 'Compare 1' }).waitFor();
    await Promise.all(others.map((other) => other.close()));
    window.library.catalog.compare([]);
  });

  test('at twice the size nothing is cut off, and axe finds nothing serious with the preview open', async () => {
    await rows().nth(2).click();
    await preview().getByText('Where it lies').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await seriousOn(page)).toEqual([]);
    }
    await page.setViewportSize({ width: 640, height: 480 });
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(640);
    await page.getByRole('button', { name: 'Close the preview' }).click();
    await page.getByRole('button', { name: 'Filters' }).click();
    await page.getByRole('checkbox', { name: 'kitti' }).check();
    await page.getByRole('button', { name: 'Remove Adapted to: kitti' }).waitFor();
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(640);
  });
});
