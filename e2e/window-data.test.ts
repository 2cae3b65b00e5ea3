// Data sets in the window: added by path, drop and sample, looked through, mended and removed, in Chromium.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Client } from '../src-main/app/in-process.ts';
import { makeScratch, type Scratch } from '../src-main/services/datasets/make-images.ts';
import { zipOf } from '../src-main/services/datasets/make-zip.ts';
import { href } from '../src-renderer/routes.ts';
import { seriousOn } from './axe.ts';
import { CHROMIUM_NEEDED, findChromium } from './browser.ts';
import { useWindow } from './use-window.ts';

const hasTensorFlow = process.env.VITRINE_ENGINE_DIR !== undefined;

/** A picture of a few soft blobs, another for each seed: alike only to itself. */
function photo(seed: number, side = 48): Sharp {
  const small = Uint8Array.from({ length: 6 * 6 * 3 }, (_, i) => ((i + 1) * 7919 * (seed * 131 + 17)) >>> 7);
  return sharp(small, { raw: { width: 6, height: 6, channels: 3 } }).resize(side, side, { kernel: 'cubic' });
}
const jpeg = (seed: number, side?: number): Promise<Buffer> => photo(seed, side).jpeg().toBuffer();

describe.skipIf(findChromium() === null)(`in Chromium (${CHROMIUM_NEEDED})`, { timeout: 240_000 }, () => {
  let scratch: Scratch;
  // The browser's own note where a picture doesn't decode or is refused.
  const suite = useWindow(/status of 4\d\d/);
  const { go } = suite;
  let page: Page;
  let client: Client;
  const heading = (name: string | RegExp) =>
    page.getByRole('heading', { level: 1, name, exact: name === 'Data' }).waitFor(); // others stand under it
  const options = () => page.getByRole('option');
  const status = (text: string) => page.getByRole('status').getByText(text, { exact: true }).first().waitFor();

  beforeAll(async () => {
    ({ client } = suite);
    scratch = await makeScratch();
    const put = async (name: string, data: Promise<Buffer> | Buffer) => scratch.write(`pets/${name}`, await data);
    for (let i = 0; i < 24; i++) await put(`${i % 4 ? 'train' : 'test'}/${i % 2 ? 'dog' : 'cat'}/${i}.jpg`, jpeg(i));
    await put('train/cat/twin of 2.jpg', jpeg(2));
    await put('test/dog/leak of 5.jpg', jpeg(5));
    await put('train/dog/cut.jpg', (await jpeg(40, 200)).subarray(0, 900));
  });

  afterAll(() => scratch.remove());

  beforeEach(() => {
    ({ page } = suite);
  });

  /** Drops files onto the view as a person does. */
  function drop(files: { name: string; data: Buffer }[]): Promise<void> {
    return page.evaluate(
      (given) => {
        const data = new DataTransfer();
        for (const { name, base64 } of given)
          data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
        globalThis.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
      },
      files.map(({ name, data }) => ({ name, base64: data.toString('base64') })),
    );
  }

  const paste = (text: string): Promise<void> =>
    page.evaluate((given) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', given);
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    }, text);

  async function petsId(): Promise<string> {
    const found = (await client.datasets.list()).find(({ name }) => name === 'pets');
    const { id } = found ?? (await client.datasets.add({ path: join(scratch.folder, 'pets') }));
    await expect.poll(async () => (await client.datasets.get({ id })).state).toBe('ready');
    return id;
  }

  test('empty: the sample comes with one press, and is looked through', async () => {
    await go(href('data', {}));
    await page.getByText('A data set is a folder of images').waitFor();
    expect(await seriousOn(page)).toEqual([]);
    await page.getByRole('button', { name: 'Add the digits' }).click();
    await heading(/Handwritten digits/);
    await options().first().waitFor({ timeout: 180_000 });
    await status('1,797 images');
    await page.getByRole('button', { name: /^test/ }).click();
    await page.getByRole('group', { name: 'Classes' }).getByRole('button', { name: /^7/ }).click();
    const { total } = await client.datasets.images({
      id: (await client.datasets.list())[0]!.id,
      split: 'test',
      label: 7,
    });
    await status(`${total} of 1,797 images`);
    await page.reload();
    await status(`${total} of 1,797 images`);
    // To the far end of all of them: a page that wasn't asked for before.
    await go(href('dataset', { id: (await client.datasets.list())[0]!.id }));
    await status('1,797 images');
    await page.getByRole('listbox').focus();
    await page.keyboard.press('End');
    await page.locator('#image-1796 img').waitFor();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('8 × 8 px', { exact: true }).waitFor();
    expect(await seriousOn(page)).toEqual([]);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => new URL(page.url()).hash).toContain('image=1795');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });

  test('a path is pasted, looked at, and added; what is none is said in a sentence', async () => {
    await go(href('data', {}));
    await heading('Data');
    await paste('/nowhere/photos');
    const dialog = page.getByRole('dialog', { name: 'Add a data set' });
    await dialog.getByText('There is no folder /nowhere/photos.').waitFor();
    await expect.poll(() => dialog.getByRole('button', { name: /^Add/ }).count()).toBe(0);
    await dialog.getByLabel('Path', { exact: true }).fill(join(scratch.folder, 'pets'));
    await page.keyboard.press('Enter');
    await dialog.getByText('A folder a split, in it a folder a class').waitFor();
    await dialog.getByText('cat, dog').waitFor();
    expect(await seriousOn(page)).toEqual([]);
    expect((await client.datasets.list()).map(({ name }) => name)).not.toContain('pets');
    await dialog.getByRole('button', { name: /^Add 27/ }).click();
    await heading('pets');
    await status('27 images');
  });

  test('a zip and loose pictures are dropped; a text and a broken archive are refused', async () => {
    await go(href('data', {}));
    await heading('Data');
    await drop([{ name: 'notes.txt', data: Buffer.from('no images') }]);
    const dialog = page.getByRole('dialog', { name: 'Add a data set' });
    await dialog.getByText('“notes.txt” is no folder and no .zip archive.').waitFor();
    await drop([{ name: 'broken.zip', data: Buffer.from('PK no') }]);
    await dialog.getByText('“broken.zip” is no zip archive, or it is damaged.').waitFor();
    await drop([{ name: 'empty.zip', data: zipOf([{ name: 'readme.md', data: Buffer.from('x') }]) }]);
    await dialog.getByText(/empty.zip has no images: 1 other file/).waitFor();
    await drop([
      { name: 'a.jpg', data: await jpeg(1) },
      { name: 'b.jpg', data: await jpeg(2) },
    ]);
    await dialog.getByText('Images without labels').waitFor();
    await dialog.getByText(/It can’t be trained on/).waitFor();
    const members = ['cat', 'dog'].flatMap((name, c) =>
      [0, 1, 2].map(async (i) => ({ name: `${name}/<b>${i}</b>.jpg`, data: await jpeg(10 * c + i) })),
    );
    await drop([{ name: 'mine.zip', data: zipOf(await Promise.all(members)) }]);
    await dialog.getByText('A folder a class').waitFor();
    await dialog.getByLabel('Name').fill('<i>mine</i>');
    await dialog.getByRole('button', { name: /^Add 6/ }).click();
    await heading('<i>mine</i>');
    await status('6 images');
    await page.getByText('Made here, seed 0').waitFor();
  });

  test('by keyboard alone: images are chosen, left out, relabelled, and taken back', async () => {
    const id = await petsId();
    const { manifestHash } = await client.datasets.get({ id });
    await go(href('dataset', { id }));
    await status('27 images');
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('x');
    await page.keyboard.press('Shift+ArrowRight');
    await status('2 selected');
    await page.keyboard.press('e');
    await status('25 of 27 images');
    await page.getByText('2 images left out of training and evaluation.').waitFor();
    expect((await client.datasets.get({ id })).manifestHash).not.toBe(manifestHash);
    await page.keyboard.press('Control+z');
    await status('27 images');
    expect(await client.datasets.get({ id })).toMatchObject({ excluded: 0, manifestHash });
    await page.getByRole('listbox').focus();
    await page.keyboard.press('r');
    const dialog = page.getByRole('dialog', { name: 'Class of 1 image' });
    await dialog.getByLabel('Find a class').fill('dog');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Relabelled 1' }).click();
    await status('1 of 27 images');
    expect((await client.datasets.images({ id, only: 'relabelled' })).images).toMatchObject([
      { class: 'dog', listedClass: 'cat' },
    ]);
    expect(await seriousOn(page)).toEqual([]);
    await page.keyboard.press('Control+z');
    await expect.poll(async () => (await client.datasets.get({ id })).relabelled).toBe(0);
    expect(readdirSync(join(scratch.folder, 'pets/train/cat'))).toContain('2.jpg');
  });

  test('health: what is found is shown with its images and left out at a press', async () => {
    const id = await petsId();
    await go(href('dataset', { id }, { tab: 'health' }));
    await page.getByRole('button', { name: 'Examine all images' }).click();
    const section = (name: string) => page.getByRole('region', { name, exact: true });
    await section('Don’t decode').getByText('cut.jpg').waitFor();
    await section('Same file in several splits').getByText('leak of 5.jpg').waitFor();
    await section('Same file twice').getByText('twin of 2.jpg').waitFor();
    await section('Balance').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await seriousOn(page)).toEqual([]);
    }
    await section('Same file twice').getByRole('button', { name: 'Leave out all 1' }).click();
    await section('Same file twice').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await section('Same file twice')
      .getByRole('button', { name: /twin of 2.jpg$/ })
      .click();
    await page.getByRole('dialog').getByText('48 × 48 px').waitFor();
  });

  test.skipIf(!hasTensorFlow)('the augmented tensors of a run, as a picture with its labels', async () => {
    const id = await petsId();
    await go(href('dataset', { id }, { tab: 'augment' }));
    await page.getByLabel('Overrides').fill('pp.crop=32\n--config.vitrine.aug.mixup = 0.5');
    await page.getByRole('spinbutton', { name: 'Images' }).fill('3');
    await page.getByLabel('Draws of each').fill('2');
    await page.getByRole('button', { name: 'Draw', exact: true }).click();
    await page.getByText('3 images, each in 2 epochs, 32 × 32 px').waitFor({ timeout: 180_000 });
    const sheet = page.getByRole('img', { name: '3 rows of 2 augmented images' });
    expect(
      await sheet.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
    ).toBeGreaterThan(64);
    expect(await seriousOn(page)).toEqual([]);
    await page.getByLabel('Overrides').fill('no.such=1');
    await page.getByRole('button', { name: 'Draw', exact: true }).click();
    await page
      .getByRole('alert')
      .getByText(/no\.such/)
      .first()
      .waitFor();
  });

  test('narrow, dark, stale, and removed: nothing scrolls sideways, a folder comes back', async () => {
    const id = await petsId();
    await page.setViewportSize({ width: 640, height: 800 });
    for (const hash of [href('data', {}), href('dataset', { id }), href('dataset', { id }, { tab: 'health' })]) {
      await go(hash);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.getByText('27', { exact: false }).first().waitFor({ state: 'attached' });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await seriousOn(page)).toEqual([]);
      }
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(640);
    }
    await go(href('dataset', { id: 'nonesuch' }));
    await page.getByRole('alert').getByText('There is no data set nonesuch.').waitFor();
    await page.getByRole('link', { name: 'All data sets' }).click();
    await heading('Data');
    const card = page.getByRole('article').filter({ hasText: join(scratch.folder, 'pets') });
    await card.getByRole('button', { name: 'Remove' }).click();
    await card.waitFor({ state: 'detached' });
    await page.keyboard.press('Control+z');
    await card.waitFor();
    expect(readFileSync(join(scratch.folder, 'pets/train/cat/2.jpg')).length).toBeGreaterThan(100);
  });
});
