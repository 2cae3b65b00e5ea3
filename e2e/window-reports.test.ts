// Reports and the playground in the window: the sample scored, its report read and gone through, pictures tried.
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Client } from '../src-main/app/in-process.ts';
import type { Evaluation } from '../src-shared/contract/evaluations.ts';
import type { EvaluationReport } from '../src-shared/contract/report.ts';
import { href } from '../src-renderer/routes.ts';
import { seriousOn } from './axe.ts';
import { CHROMIUM_NEEDED, findChromium } from './browser.ts';
import { writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import type { ServedWindow } from './served-window.ts';
import { useWindow } from './use-window.ts';

const able = findChromium() !== null && process.env.VITRINE_ENGINE_DIR !== undefined;
const SHOTS = process.env.VITRINE_SHOTS;

describe.skipIf(!able)(`in Chromium (${CHROMIUM_NEEDED}), with TensorFlow`, { timeout: 240_000 }, () => {
  const suite = useWindow();
  const { at, go } = suite;
  let window: ServedWindow;
  let page: Page;
  let client: Client;

  /** Serious violations, light and dark; a picture of each where they are asked for. */
  async function looks(name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(200); // colours have transitions
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-${colorScheme}.png` });
      expect(await seriousOn(page)).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: 'light' });
  }

  beforeAll(async () => {
    await writeSquares(at('squares'), { train: 4, test: 4 });
    await writeTinyCheckpoint(at('tiny.npz'));
    ({ window, client } = suite);
  });

  beforeEach(() => {
    ({ page } = suite);
  });

  test('the first report is one press away: the sample on the digits', async () => {
    await go(href('reports', {}));
    await page.getByText('Score a model on every image of a split').waitFor();
    await looks('reports-empty');
    await page.getByRole('button', { name: 'Evaluate the sample on the digits' }).click();
    await page.getByRole('heading', { level: 1, name: /digits-vit\.npz on test/ }).waitFor();
    await page.getByText('360 scored of 360 files').waitFor();
    await page.getByRole('figure').first().waitFor();
    await looks('report');
    if (!SHOTS) return;
    await page.setViewportSize({ width: 1920, height: 1080 });
    for (let i = 0; i < 4; i++) {
      await page.waitForTimeout(300);
      await page.screenshot({ path: `${SHOTS}/report-wide-${i}.png` });
      await page.locator('main').evaluate((element) => element.scrollBy(0, 850));
    }
  });

  test('a cell of the matrix, by keys, shows its images; everything is there as a table and as a page', async () => {
    const [{ id, result }] = (await client.evaluations.list()) as [Evaluation];
    const report = JSON.parse(
      await readFile(window.library.evaluations.reportPath(id, 'json'), 'utf8'),
    ) as EvaluationReport;
    const [pair] = report.confusion.pairs;
    await go(href('report', { id }));
    const matrix = page.getByRole('application', { name: /Confusion matrix/ });
    await matrix.focus();
    await page.keyboard.press('ArrowDown'); // shows the cursor
    for (let i = 0; i < pair!.truth; i++) await page.keyboard.press('ArrowDown');
    for (let i = 0; i < pair!.predicted; i++) await page.keyboard.press('ArrowRight');
    const said = `${pair!.truth} → ${pair!.predicted}: ${pair!.count} images`;
    await page.getByRole('status').getByText(said).waitFor();
    await page.keyboard.press('+');
    await page.getByRole('button', { name: 'Whole matrix' }).waitFor();
    await page.keyboard.press('Enter');
    const cell = page.getByRole('dialog');
    await cell.getByRole('heading', { name: `${pair!.truth} → ${pair!.predicted}` }).waitFor();
    await expect.poll(() => cell.getByRole('figure').count()).toBe(pair!.count);
    const seen = () =>
      cell.locator('img').evaluateAll((all) => all.every((one) => (one as HTMLImageElement).naturalWidth > 0));
    await expect.poll(seen).toBe(true);
    await looks('report-cell');
    await page.keyboard.press('Escape');

    const confusion = page.getByRole('region', { name: 'Confusion' });
    await confusion.getByRole('button', { name: 'Confused classes together' }).click();
    await confusion.getByRole('button', { name: 'Counts' }).click();
    await confusion.getByRole('button', { name: 'As table' }).click();
    await expect
      .poll(() => confusion.getByRole('grid').getAttribute('aria-rowcount'))
      .toBe(String(report.confusion.cells.length + 1));
    const classes = page.getByRole('region', { name: 'Classes', exact: true });
    await classes.getByRole('searchbox').fill('3');
    await expect.poll(() => classes.getByRole('grid').getAttribute('aria-rowcount')).toBe('2');
    const calibration = page.getByRole('region', { name: 'Calibration' });
    await calibration.getByRole('button', { name: 'Equal count' }).click();
    await calibration.getByRole('button', { name: 'As table' }).click();
    await expect
      .poll(() => calibration.locator('table').first().locator('tbody tr').count())
      .toBe(report.calibration.equalMassBins.length);
    expect(result!.top1).toBe(report.top1.value);
    await page.setViewportSize({ width: 640, height: 800 });
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(640);
    await expect.poll(() => page.locator('main').evaluate((main) => main.scrollWidth - main.clientWidth)).toBe(0);
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/report-narrow.png` });

    await page.setViewportSize({ width: 1280, height: 820 });
    await page.getByRole('button', { name: 'Open the HTML' }).click();
    const html = page.frameLocator('iframe');
    await html.getByText('360 scored of 360 files').first().waitFor();
    await expect.poll(() => page.locator('iframe').getAttribute('sandbox')).toBe('');
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/report-html.png` });
    await page.reload();
    await page.getByRole('button', { name: 'Back to the report' }).click();
    await matrix.waitFor();
  });

  test('the dialog says what is wrong, starts an evaluation, and a part of a split is scored', async () => {
    const [checkpoint] = (await client.checkpoints.list()).checkpoints;
    const [dataset] = await client.datasets.list();
    await go(href('reports', {}, { evaluate: checkpoint!.path, dataset: dataset!.id }));
    const dialog = page.getByRole('dialog');
    const split = dialog.getByRole('textbox', { name: 'Split' });
    await expect.poll(() => split.inputValue()).toBe('test');
    await split.fill('nowhere');
    await dialog.getByRole('button', { name: 'Evaluate', exact: true }).click();
    await dialog.getByText('There is no split “nowhere”. There are: train, test.').waitFor();
    await looks('evaluate');
    await split.fill('train[:20]');
    await split.press('Enter');
    await page.getByText('20 scored of 20 files').waitFor();
    await page.goBack();
    await page.getByRole('row', { name: /train\[:20\]/ }).waitFor();
    expect(page.url()).not.toContain('evaluate=');
  });

  test('what fails says why; bad images make it INCOMPLETE; a removed one comes back by undo', async () => {
    const [checkpoint] = (await client.checkpoints.list()).checkpoints;
    const squares = await client.datasets.add({ path: at('squares') });
    const digits = (await client.datasets.list()).find(({ classes }) => classes === 10)!;
    await cp(digits.root, at('digits'), { recursive: true });
    const [image] = (await client.datasets.images({ id: digits.id, split: 'test', limit: 1 })).images;
    await writeFile(at(`digits/${image!.name}`), 'no image');
    const broken = await client.datasets.add({ path: at('digits') });
    for (const { id } of [squares, broken])
      await expect.poll(async () => (await client.datasets.get({ id })).state).toBe('ready');
    const failing = await client.evaluations.start({ checkpoint: checkpoint!.path, dataset: squares.id });
    await go(href('report', { id: failing.id }));
    const card = page.getByRole('alert', { name: 'The evaluation failed' });
    await card.getByText(/isn't one that/).waitFor();
    await looks('report-failed');
    const partial = await client.evaluations.start({ checkpoint: checkpoint!.path, dataset: broken.id, skipBad: true });
    await go(href('report', { id: partial.id }));
    await page.getByRole('heading', { level: 1, name: /^Reports.*INCOMPLETE/ }).waitFor();
    await page.getByText('359 scored of 360 files').waitFor();
    await page.getByRole('region', { name: 'Files left out' }).first().getByText(image!.name).waitFor();
    await client.datasets.remove({ id: broken.id });
    await page.reload();
    await page.getByText('The data set is not in the library any more').first().waitFor();
    await looks('report-incomplete');

    await go(href('reports', {}));
    await page.getByRole('row', { name: /INCOMPLETE/ }).waitFor();
    await looks('reports');
    await page.setViewportSize({ width: 640, height: 800 });
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(640);
    await page.getByRole('searchbox').fill('failed');
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    await page.getByRole('button', { name: /^Remove the report/ }).click();
    await page.getByText('No report matches “failed”.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    expect((await client.evaluations.get({ id: failing.id })).state).toBe('failed');
    await go(href('report', { id: 'none' }));
    await page.getByRole('alert').getByText('There is no evaluation none.').waitFor();
    window.problems = window.problems.filter((problem) => !/status of 404/.test(problem)); // the browser's own note
  });

  test('pictures are tried on two models side by side; one that is broken says so and holds up no other', async () => {
    await go(href('playground', {}));
    await page.getByText('Drop, paste or pick pictures').waitFor();
    await looks('playground-empty');
    await page.getByRole('button', { name: 'Try some digits' }).click();
    const cards = page.getByRole('article');
    await expect.poll(() => cards.count()).toBe(6);
    await cards.first().getByRole('list').waitFor();
    await expect.poll(() => cards.first().getByRole('listitem').count()).toBe(5);
    const slider = page.getByRole('slider', { name: 'Classes shown' });
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => cards.first().getByRole('listitem').count()).toBe(4);

    // Pasted: a picture, a broken one whose name is markup, and a text.
    const photo = await readFile(join(import.meta.dirname, '../resources/photos/cat.png'));
    await page.evaluate((base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], 'cat.png', { type: 'image/png' }));
      data.items.add(
        new File(['no image'], `<img src=x onerror=alert(1)>${'x'.repeat(200)}.png`, { type: 'image/png' }),
      );
      data.items.add(new File(['text'], 'notes.txt', { type: 'text/plain' }));
      dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }));
    }, photo.toString('base64'));
    await page.getByText('One file is no picture and left out.').waitFor();
    const cat = page.getByRole('article', { name: 'cat.png' });
    await cat.getByRole('list').waitFor();
    await page
      .getByRole('article', { name: /onerror/ })
      .getByText(/Can’t be read: the content is/)
      .waitFor();
    expect(await client.uploads.list()).toHaveLength(2);

    await page.getByRole('button', { name: 'Compare with another' }).click();
    await client.checkpoints.import({ path: at('tiny.npz'), mode: 'link' });
    await page.getByRole('combobox', { name: 'Model 2' }).selectOption({ label: 'tiny.npz' });
    await expect.poll(() => cat.getByRole('list').count()).toBe(2);
    expect(new URLSearchParams(page.url().split('?')[1]).getAll('checkpoint')).toHaveLength(2);
    await looks('playground');
    await page.setViewportSize({ width: 640, height: 800 });
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(640);
    await expect.poll(() => page.locator('main').evaluate((main) => main.scrollWidth - main.clientWidth)).toBe(0);
    await page.setViewportSize({ width: 1280, height: 820 });

    // Left and come back to, everything is as it was; cleared, nothing stays in the library.
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('heading', { level: 1, name: 'Runs', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Playground' }).click();
    await expect.poll(() => cards.count()).toBe(8);
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await expect.poll(() => client.uploads.list()).toEqual([]);
    const tried = page.getByRole('region', { name: 'Tried before' });
    await tried.getByRole('button', { name: 'Try cat.png again' }).click();
    await cat.getByRole('list').first().waitFor();
    await looks('playground-again');
    expect(await client.uploads.list()).toHaveLength(1);
    await page.reload();
    await expect.poll(() => client.uploads.list()).toEqual([]);
  });

  test('a folder is classified into CSV, with the reason where a picture is broken', async () => {
    await go(href('playground', {}, { checkpoint: at('tiny.npz') }));
    await page.getByRole('button', { name: 'Folder to CSV…' }).click();
    const dialog = page.getByRole('dialog');
    await writeFile(at('squares/broken.png'), 'no image');
    await dialog.getByRole('textbox', { name: 'Folder' }).fill(at('squares'));
    await dialog.getByRole('spinbutton').fill('2');
    await dialog.getByRole('button', { name: 'Classify' }).click();
    await dialog.getByText('25 pictures classified.').waitFor();
    await looks('folder');
    const saved = page.waitForEvent('download');
    await dialog.getByRole('button', { name: 'Save CSV' }).click();
    const csv = await readFile(await (await saved).path(), 'utf8');
    const lines = csv.trimEnd().split('\r\n');
    expect(lines[0]).toBe('name,problem,top1,top1_index,top1_probability,top2,top2_index,top2_probability');
    expect(lines).toHaveLength(26);
    expect(lines.find((line) => line.startsWith('"broken.png"'))).toContain('the content is');
  });
});
