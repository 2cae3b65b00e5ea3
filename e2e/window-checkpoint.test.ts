// The page of a checkpoint: the bundled digits in full, names of the catalog that are not here, and files that are bad.
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Client } from '../src-main/app/in-process.ts';
import { href } from '../src-renderer/routes.ts';
import { PUBLISHED } from '../src-shared/models/published.ts';
import { writeNpz } from '../src-worker/checkpoints/write-npz.ts';
import { seriousOn } from './axe.ts';
import { CHROMIUM_NEEDED, findChromium } from './browser.ts';
import type { ServedWindow } from './served-window.ts';
import { useWindow } from './use-window.ts';

const GOLDENS = join(import.meta.dirname, '../bench/goldens');
const { adaptFilename: NAME, filename: PRETRAINING } = PUBLISHED.find(({ model }) => model === 'B_16')!;
const DEIT = 'deit/deit_tiny_patch16_224';

describe.skipIf(findChromium() === null)(`in Chromium (${CHROMIUM_NEEDED})`, { timeout: 120_000 }, () => {
  const suite = useWindow();
  const { at, go } = suite;
  let window: ServedWindow;
  let page: Page;
  let client: Client;
  const panel = (name: string): Locator => page.getByRole('region', { name, exact: true });
  const heading = (name: string): Promise<void> => page.getByRole('heading', { level: 1, name }).waitFor();
  const imported = async (path: string): Promise<number> => {
    const { added, known } = await client.checkpoints.import({ path, mode: 'link' });
    return [...added, ...known][0]!.id;
  };

  beforeAll(async () => {
    ({ window, client } = suite);
    await client.settings.set({ offline: true });
  });

  beforeEach(() => {
    ({ page } = suite);
  });

  /** Nothing scrolls sideways but what is made for it. */
  async function fits(): Promise<boolean> {
    return page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll('main')].every((e) => e.scrollWidth <= e.clientWidth),
    );
  }

  test('the bundled digits: facts, memory, filters, positions, a tensor; by keyboard, light and dark, narrow', async () => {
    const { checkpoint: id } = await client.samples.add();
    const { checkpoint, inspection } = await client.checkpoints.get({ id });
    await go(href('checkpointFile', { id: String(id) }));
    await heading('digits-vit.npz');
    await panel('File').getByText(checkpoint.sha256).waitFor();
    await panel('Model').getByText(checkpoint.parameters.toLocaleString('en')).waitFor();
    await expect.poll(() => panel('Model').textContent()).toContain('bilinear to 32 × 32 px');
    await panel('Labels').getByRole('searchbox').fill('7');
    await panel('Labels').getByText('1 of 10').waitFor();

    const memory = panel('Memory');
    await memory.getByText(/of .* free on/).waitFor();
    await memory.getByRole('slider', { name: 'Images a step' }).focus();
    await page.keyboard.press('End');
    const { totalBytes } = await client.checkpoints.memory({ checkpoint: id, mode: 'train', batch: 1024 });
    const total =
      totalBytes >= 1e9 ? `${(totalBytes / 1e9).toPrecision(3)} GB` : `${(totalBytes / 1e6).toPrecision(3)} MB`;
    await memory.getByText(`${total} of`).waitFor();
    await memory.getByRole('button', { name: /^128 px, 512 a step: .* (Fits|Tight|Does not fit)$/ }).waitFor();

    const filters = panel('Patch filters');
    await filters.getByText('64 filters of 8 × 8 px, embedding/kernel').waitFor();
    await expect
      .poll(() => filters.getByRole('img', { name: /^Component \d+: [\d.]+ % of the variance$/ }).count())
      .toBe(28);
    await filters.getByText(/Filters 1 to 64 of 64, each scaled by its own/).waitFor();
    const positions = panel('Position embeddings');
    await positions.getByRole('application').focus();
    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    await positions.getByText('Row 2, column 3').waitFor();
    await positions.getByRole('img', { name: 'Cosine with the position in row 2, column 3' }).waitFor();

    const tensors = panel('Tensors');
    await tensors.getByText(`Every number is finite, in ${inspection.tensors.length} tensors.`).waitFor();
    await tensors.getByRole('tree').focus();
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
    const chart = tensors.getByRole('figure');
    await chart.getByText('12,288 of 12,288 numbers are finite, in 64 bins').waitFor();
    await chart.getByRole('button', { name: 'As table' }).click();
    const counts = await chart.locator('tbody td:last-child').allTextContents();
    expect(counts.reduce((sum, text) => sum + Number(text), 0)).toBe(12_288);
    await tensors.getByRole('searchbox').fill('encoderblock_3 nothing');
    await tensors.getByText('No tensor is called like that.').waitFor();
    await tensors.getByRole('searchbox').fill('posembed');
    await tensors.getByRole('treeitem', { name: 'pos_embedding' }).waitFor();

    expect(await seriousOn(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    expect(await seriousOn(page)).toEqual([]);
    await page.setViewportSize({ width: 640, height: 900 });
    await expect.poll(fits).toBe(true);

    await page.getByRole('button', { name: 'Export…' }).click();
    await expect
      .poll(() => page.getByRole('dialog').locator('code').textContent())
      .toContain(`export ${checkpoint.path} --to timm`);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Evaluate…' }).click();
    await expect.poll(() => page.url()).toContain(href('reports', {}, { evaluate: checkpoint.path }));
  });

  test('a name that is not here: its columns, what is published, why not; star, tag and note with undo; the queue', async () => {
    await go(href('checkpoint', { name: NAME }));
    await heading('B/16 · imagenet2012, 384 px');
    const columns = panel('AugReg’s columns');
    await expect.poll(() => columns.getByRole('rowheader').count()).toBe(21);
    await columns.getByText('17 of 21 known').waitFor();
    const cellsOf = (name: string) =>
      columns
        .getByRole('row')
        .filter({ has: page.getByText(name, { exact: true }) })
        .getByRole('cell')
        .allTextContents();
    expect(await cellsOf('best_val')).toEqual(['–', 'not published; an index.csv would tell']);
    expect(await cellsOf('params')).toEqual(['86,859,496', 'counted from the architecture']);
    expect(await cellsOf('adapt_final_test')).toEqual(['85.49 %', 'vit_jax_augreg.ipynb, cell 21']);
    await expect
      .poll(() => panel('Published figures').textContent())
      .toContain('85.49 % adapt_final_test on imagenet2012');
    await expect.poll(() => panel('Where it is from').textContent()).toContain('403');
    const evaluate = page.getByRole('button', { name: 'Evaluate…' });
    await expect.poll(() => evaluate.getAttribute('aria-disabled')).toBe('true');
    await expect.poll(() => evaluate.getAttribute('title')).toContain('not on this machine');
    await panel('Memory')
      .getByText(/of .* free on/)
      .waitFor(); // from the architecture alone

    const star = page.getByRole('button', { name: 'Star' });
    await page.keyboard.press('s');
    await expect.poll(() => star.getAttribute('aria-pressed')).toBe('true');
    await page.getByText(`${NAME} starred.`).waitFor();
    await page.keyboard.press('Control+z');
    await expect.poll(() => star.getAttribute('aria-pressed')).toBe('false');
    const yours = panel('Yours');
    await yours.getByLabel('Add a tag').fill('pets');
    await page.keyboard.press('Enter');
    await yours.getByRole('button', { name: 'Remove pets' }).waitFor();
    await yours.getByLabel('Note').fill('<b>try</b> it');
    await yours.getByRole('button', { name: 'Keep the note' }).click();
    await page.getByText('Note kept.').waitFor();
    expect(await client.catalog.show({ name: NAME })).toMatchObject({
      annotation: { starred: false, tags: ['pets'], note: '<b>try</b> it' },
    });

    await page.getByRole('button', { name: 'Download', exact: true }).click();
    const download = page.getByRole('region', { name: 'Download' });
    await download.getByText('Waiting in the queue · Vitrine is set offline.').waitFor();
    await download.getByRole('button', { name: 'Pause' }).click();
    await download.getByText('Paused').waitFor();
    await download.getByRole('button', { name: 'Cancel' }).click();
    await download.waitFor({ state: 'detached' });
    expect(await seriousOn(page)).toEqual([]);
    await page.setViewportSize({ width: 640, height: 900 });
    await expect.poll(fits).toBe(true);
  });

  test('siblings: arrows and Enter open another, the table has them all, the pre-training is a page too', async () => {
    await go(href('checkpoint', { name: NAME }));
    const siblings = panel('Siblings').first();
    await siblings.getByText('1 of 68 fine-tunings have a published adapt_final_test').waitFor();
    const current = siblings.locator('[aria-current=page]');
    await expect
      .poll(() => current.getAttribute('aria-label'))
      .toBe('imagenet2012, 384 px, 20,000 steps, rate 0.03: 85.5 %');
    await current.focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await heading('B/16 · imagenet2012, 224 px');
    expect(decodeURIComponent(page.url())).toMatch(/imagenet2012-steps_20k-lr_0\.03-res_224$/);
    await panel('Published figures').getByText('No figure of this file is published.').waitFor();
    await siblings.getByRole('button', { name: 'As table' }).click();
    await expect.poll(() => siblings.locator('tbody tr').count()).toBe(68);
    await siblings.getByRole('link', { name: 'The pre-training' }).click();
    await heading('B/16 · pre-trained on i21k');
    const columns = panel('AugReg’s columns');
    await expect.poll(() => columns.getByText('it is a pre-training, not fine-tuned').count()).toBe(7);
    expect(decodeURIComponent(page.url())).toContain(PRETRAINING);
  });

  test('a file that is taken in for a name: another model’s is told from it, the right one is matched; then it goes', async () => {
    await go(href('checkpoint', { name: NAME }));
    await page.getByRole('button', { name: 'Import a file for this name…' }).click();
    const chooser = page.getByRole('dialog');
    await chooser.getByLabel('Path of a folder').fill(join(GOLDENS, 'models/vit_tiny16'));
    await page.keyboard.press('Enter');
    await chooser.getByRole('button', { name: /^checkpoint\.npz/ }).click();
    await page.getByText(/By its name this file is another model than its weights are/).waitFor();
    await panel('Published figures').getByText('the weights are another model’s').waitFor();
    const [file] = (await client.checkpoints.list()).checkpoints;
    expect(file!.file).toBe(`imported/${NAME}.npz`);
    await rm(file!.path);
    await page.reload();
    await page.getByText(`The file ${file!.path} is not there any more.`).waitFor();
    await expect
      .poll(() => page.getByRole('button', { name: 'Fine-tune…' }).getAttribute('title'))
      .toBe('Its file is missing.');
    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete the file' }).click();
    await page.getByText('Removed from the library.').waitFor();
    await page.getByText('Not here', { exact: true }).waitFor();

    // Of a release with folders in its names, by the address of the file.
    const deit = at(DEIT.replace('/', '-'));
    await cp(join(GOLDENS, 'deit/deit_tiny'), deit, { recursive: true });
    const { added } = await client.checkpoints.import({
      path: join(deit, 'model.safetensors'),
      mode: 'copy',
      name: DEIT,
    });
    await go(href('checkpointFile', { id: String(added[0]!.id) }));
    await heading('DeiT-Ti/16 · pre-trained on i1k');
    await page.getByText(`imported/${DEIT}/model.safetensors`).first().waitFor();
  });

  test('what has no patches or no positions says so; numbers that are NaN, an unknown layout; both towers of LiT', async () => {
    await go(
      href('checkpointFile', { id: String(await imported(join(GOLDENS, 'models/mixer_tiny16/checkpoint.npz'))) }),
    );
    await panel('Position embeddings').getByText('A Mixer has no position embeddings').waitFor();
    await panel('Patch filters').getByText('stem/kernel').waitFor();
    await panel('Memory').getByText('it takes images of this size only').waitFor();
    await go(
      href('checkpointFile', { id: String(await imported(join(GOLDENS, 'models/hybrid_root_r_ti16/checkpoint.npz'))) }),
    );
    await panel('Root filters').getByText('A hybrid has no patches of pixels').waitFor();
    await go(
      href('checkpointFile', { id: String(await imported(join(GOLDENS, 'lit/lit_text_transformer/checkpoint.npz'))) }),
    );
    await panel('Memory').getByText('Of the image tower alone.').waitFor();
    await panel('Patch filters')
      .getByText(/^The first \d+ of the filters/)
      .waitFor();
    await expect
      .poll(() => page.getByRole('button', { name: 'Evaluate…' }).getAttribute('title'))
      .toContain('zero-shot');

    const bad = at(`${'n'.repeat(120)}<img src=x>.npz`);
    await writeNpz(bad, [
      ['what/is/this', { shape: [4], data: Float32Array.of(1, NaN, Infinity, 0) }],
      ['count', { shape: [1], data: Float32Array.of(3) }],
    ]);
    await go(href('checkpointFile', { id: String(await imported(bad)) }));
    await page.getByText('Cannot be used', { exact: true }).waitFor();
    await expect.poll(() => page.getByRole('alert').first().textContent()).toContain(bad);
    await panel('Tensors').getByText('1 tensor has numbers that are NaN or infinite.').waitFor();
    await panel('Tensors').getByRole('searchbox').fill('this');
    await panel('Tensors').getByText('1 NaN, 1 infinite').click();
    await panel('Tensors').getByText('2 of 4 numbers are finite, in 64 bins').waitFor();
    await expect.poll(fits).toBe(true);
    expect(await seriousOn(page)).toEqual([]);
  });

  test('an address of nothing leads back', async () => {
    for (const hash of [
      href('checkpoint', { name: 'B_16-no-such' }),
      href('checkpointFile', { id: '9999' }),
      href('checkpointFile', { id: 'x' }),
    ]) {
      await go(hash);
      await expect
        .poll(() => page.getByRole('alert').textContent())
        .toMatch(/There is no checkpoint|The catalog has no checkpoint/);
      await expect
        .poll(() => page.getByRole('link', { name: 'Show the catalog' }).getAttribute('href'))
        .toBe(href('catalog', {}));
    }
    window.problems = window.problems.filter((problem) => !/status of 404/.test(problem)); // the browser's own note
  });
});
