// The form that begins a run, in Chromium: the sample, flags and fields, what doesn't fit, the preflight, and a real run.
import type { Locator, Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Client } from '../src-main/app/in-process.ts';
import { href } from '../src-renderer/routes.ts';
import { seriousOn } from './axe.ts';
import { CHROMIUM_NEEDED, findChromium } from './browser.ts';
import { writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { useWindow } from './use-window.ts';

const hasTensorFlow = process.env.VITRINE_ENGINE_DIR !== undefined;
const able = findChromium() !== null && hasTensorFlow;
/** The browser's own notes on answers that say what is wrong. */
const REFUSED = /status of 4\d\d/;
const LONG = 180_000;

describe.skipIf(!able)(`in Chromium (${CHROMIUM_NEEDED}), with TensorFlow`, { timeout: 500_000 }, () => {
  const suite = useWindow(REFUSED);
  const { at, go } = suite;
  let page: Page;
  let client: Client;
  const query = (): URLSearchParams => new URLSearchParams(page.url().split('?')[1]);
  const field = (path: string): Locator =>
    page.getByLabel(new RegExp(`^${path.replaceAll('.', '\\.')}\\s*(differs|$)`)).first();
  const preset = (name: string): Locator =>
    page.getByRole('radiogroup', { name: 'Preset' }).getByRole('radio', { name });
  const startButton = (): Locator => page.locator('header').getByRole('button', { name: /^(Start|Queue)$/ });

  beforeAll(async () => {
    await writeSquares(at('squares'), { train: 12, test: 4 });
    await writeTinyCheckpoint(at('tiny.npz'));
    ({ client } = suite);
  });

  beforeEach(() => {
    ({ page } = suite);
  });

  test('from nothing to a finished run: the sample, its preset shortened by flags, the preflight, the start', async () => {
    // The address of a form that was left while the sample was still being added.
    await go(href('newRun', {}, { checkpoint: 'sample:', dataset: 'sample:' }));
    await expect.poll(() => page.getByRole('radio', { name: /^Handwritten digits/ }).isChecked()).toBe(true);
    await expect.poll(() => page.getByRole('radio', { name: /^digits-vit/ }).isChecked()).toBe(true);
    await expect.poll(() => query().get('dataset')).toMatch(/^[0-9a-f]+$/);
    await go(href('runs', {}));
    await page.getByRole('button', { name: 'Try the sample' }).click();
    await page.getByRole('heading', { level: 1, name: 'New run' }).waitFor();
    await page.getByText('1,797 images, 10 classes').waitFor({ timeout: LONG });
    await expect.poll(() => preset('The bundled digits').isChecked()).toBe(true);
    await page.getByText('Known once a checkpoint').waitFor({ state: 'hidden' });
    await page.getByText('Fits', { exact: true }).waitFor();
    await page.getByText('Not known until the preflight').waitFor();

    await page.getByText('Advanced', { exact: true }).click();
    const flags = page.getByRole('textbox', { name: 'Flags' });
    await flags.fill('--config.total_steps=4 --config.eval_every=0\n--config.progress_every=1 warmup_steps=1');
    await expect.poll(() => field('total_steps').inputValue()).toBe('4');
    await field('batch').fill('16');
    await expect.poll(() => flags.inputValue()).toContain('--config.batch=16');
    await page.getByText('preset: 400').waitFor();
    await page.getByText('16 images, computed whole').waitFor();
    await field('accum_steps').fill('2');
    await page.getByText('16 images in 2 parts of 8').waitFor();
    await page.getByRole('button', { name: 'Reset accum_steps to its preset' }).click();
    await expect.poll(() => field('accum_steps').inputValue()).toBe('1');
    await page.getByLabel('Name of the run').fill('digits <b>now</b>');
    expect(await seriousOn(page)).toEqual([]);

    // All of it is in the address: a reload loses nothing.
    await expect.poll(() => query().get('name')).toBe('digits <b>now</b>');
    await page.reload();
    await page.getByText('Advanced', { exact: true }).click();
    await expect.poll(() => field('batch').inputValue(), { timeout: LONG }).toBe('16');
    await expect.poll(() => preset('The bundled digits').isChecked()).toBe(true);

    await page.getByRole('button', { name: 'Run the preflight' }).click();
    await page.getByText('11 checks passed.').waitFor({ timeout: LONG });
    await page.getByText('1,437 images to train on and 360 to test on, in 10 classes; each was decoded.').waitFor();
    await page.getByText(/at least .* img\/s of the preflight/).waitFor();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await seriousOn(page)).toEqual([]);

    await startButton().click();
    await page.getByRole('heading', { level: 1, name: 'digits <b>now</b>' }).waitFor();
    await page.locator('header').getByText('Finished', { exact: true }).waitFor({ timeout: LONG });
    await page.getByRole('link', { name: 'Try in playground' }).waitFor();
    await expect.poll(() => page.getByRole('link', { name: 'Evaluate…' }).getAttribute('href')).toContain('evaluate=');
    expect(await seriousOn(page)).toEqual([]);
  });

  test('a clone has what its run had, and knows from it how long it takes; a branch begins with its state', async () => {
    const { id, model } = (await client.runs.list({ text: 'digits' })).runs[0]!;
    await go(href('run', { id }));
    await page.getByRole('link', { name: 'Clone…' }).click();
    await page.getByText('As “digits <b>now</b>” was asked for.').waitFor();
    await page.getByText(/img\/s of “digits <b>now<\/b>”/).waitFor();
    await expect.poll(() => query().getAll('flag')).toContain('--config.batch=16');
    expect(query().get('clone')).toBeNull();
    await expect.poll(() => page.getByRole('radio', { name: /^Handwritten digits/ }).isChecked()).toBe(true);
    await page.goBack();
    await page.getByRole('link', { name: 'Branch from step 4…' }).click();
    await page.getByText('Begins with the saved state of “digits <b>now</b>”, step 4.').waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Extend…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Steps in all').fill('4');
    await dialog.getByText('A whole number above 4.').waitFor();
    await page.keyboard.press('Escape');
    // The model of a finished run can be started from.
    await go(href('newRun', {}, { checkpoint: model }));
    await page.getByRole('radio', { name: /Model of the run “digits <b>now<\/b>”/ }).waitFor();
  });

  test('by keys alone; wrong flags and fields are told where they are, and nothing typed is lost', async () => {
    const { id } = await client.datasets.add({ path: at('squares') });
    await go(href('runs', {}));
    await page.getByRole('link', { name: 'New run…' }).waitFor();
    await page.keyboard.press('n');
    await page.getByRole('heading', { level: 1, name: 'New run' }).waitFor();
    await go(href('newRun', {}, { checkpoint: at('tiny.npz'), dataset: id }));
    await expect.poll(() => preset('A small data set').isChecked(), { timeout: LONG }).toBe(true);
    await page.getByText('Chosen because the data set has 48 images: 100 steps.').waitFor();
    await expect.poll(() => query().getAll('flag')).toEqual(['--config.total_steps=100']);
    await preset('A small data set').focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => preset('Linear probe').isChecked()).toBe(true);
    await page.getByText('as the preset has it').waitFor(); // the steps went with their preset

    await page.locator('summary').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: 'Flags' }).focus();
    await page.keyboard.type('--config.base_lr=fast --config.lr=1 nonsense');
    await page.getByText('config.base_lr takes a number at least 0, and got "fast".', { exact: true }).waitFor();
    await expect.poll(() => field('base_lr').getAttribute('aria-invalid')).toBe('true');
    await page.getByText(/Did you mean config\.base_lr\?/).waitFor();
    await expect.poll(() => startButton().getAttribute('title')).toContain('A field has a value');
    await expect.poll(() => query().getAll('flag').length).toBe(3);
    await page.reload();
    await expect
      .poll(() => page.getByRole('textbox', { name: 'Flags' }).inputValue(), { timeout: LONG })
      .toContain('fast');
    await page.getByRole('textbox', { name: 'Flags' }).fill('--config.total_steps=5 --config.warmup_steps=9');
    await page.getByText(/config\.warmup_steps=9 is not below config\.total_steps=5/).waitFor();
    await expect.poll(() => field('warmup_steps').getAttribute('aria-invalid')).toBe('true');
    expect(await seriousOn(page)).toEqual([]);
  });

  test('what is stale in the address is said, and the rest can be used', async () => {
    const gone = at('gone.npz');
    await go(
      href('newRun', {}, { checkpoint: gone, dataset: '0123456789ab', preset: 'smal:Ti_16', clone: '0123456789ab' }),
    );
    await page.getByText('There is no data set 0123456789ab in the library; choose another.').first().waitFor();
    await page.getByText(/There is no configuration "smal:Ti_16"/).waitFor();
    await page.getByText(/There is no run 0123456789ab/).waitFor();
    await page.getByRole('alert').filter({ hasText: gone }).waitFor();
    expect(query().get('preset')).toBe('smal:Ti_16');
    await page.getByRole('radio', { name: /^digits-vit/ }).check();
    await page.getByRole('radio', { name: /^Handwritten digits/ }).check();
    await preset('Full fine-tuning').check();
    await expect.poll(() => startButton().getAttribute('aria-disabled'), { timeout: LONG }).toBeNull();
    await go(href('newRun', {}, { catalog: 'no-such-checkpoint' }));
    await page.getByText('The catalog has no checkpoint “no-such-checkpoint”.').waitFor();
  });

  test('an enormous batch doesn’t fit, and each way out says what it would take', async () => {
    const [set] = (await client.datasets.list()).filter(({ name }) => name === 'squares');
    const flag = ['--config.batch=67108864', '--config.accum_steps=1', '--config.pp.crop=512'];
    await go(href('newRun', {}, { checkpoint: at('tiny.npz'), dataset: set!.id, preset: 'plain', flag }));
    const ways = page.getByRole('group', { name: 'What would take less' });
    await page.getByText('Doesn’t fit', { exact: true }).first().waitFor({ timeout: LONG });
    await ways.getByRole('button', { name: /^Micro-batch of/ }).waitFor();
    await ways.getByRole('button', { name: /px$/ }).waitFor();
    await expect.poll(() => ways.textContent()).toMatch(/B by the estimate.*B by the estimate/s);
    await page.setViewportSize({ width: 640, height: 900 });
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(640);
    await expect
      .poll(() => page.locator('main').evaluate((main) => main.scrollWidth - main.clientWidth))
      .toBeLessThanOrEqual(0);
    expect(await seriousOn(page)).toEqual([]);
    await ways.getByRole('button', { name: /^Micro-batch of/ }).click();
    await page
      .getByText(/^(Fits|Tight)$/)
      .first()
      .waitFor();
    await expect.poll(() => query().getAll('flag').join(' ')).toMatch(/--config\.accum_steps=\d{3,}/);
    expect(query().getAll('flag')).toContain('--config.batch=67108864'); // the effective batch is kept
  });

  test('a sweep queues a run for each combination, with a tag', async () => {
    const [set] = (await client.datasets.list()).filter(({ name }) => name === 'squares');
    const flag = ['total_steps=2', 'warmup_steps=1', 'batch=4', 'accum_steps=1', 'eval_every=0'].map(
      (one) => `--config.${one}`,
    );
    await go(href('newRun', {}, { checkpoint: at('tiny.npz'), dataset: set!.id, preset: 'plain', flag }));
    await page.getByRole('button', { name: 'Sweep…' }).click({ timeout: LONG });
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Values, separated by commas').first().fill('0.1, fast');
    await dialog.getByText(/config\.base_lr takes a number/).waitFor();
    await dialog.getByLabel('Values, separated by commas').first().fill('0.001, 0.002');
    await dialog.getByLabel('A second field (or none)').selectOption('seed');
    await dialog.getByLabel('Values, separated by commas').nth(1).fill('0 1');
    await dialog.getByText(/^4 runs/).waitFor();
    expect(await seriousOn(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Queue 4 runs' }).click();
    await page.getByRole('heading', { level: 1, name: 'Runs', exact: true }).waitFor();
    const { runs } = await client.runs.list({ text: 'sweep-' });
    const [{ tags }] = runs as [(typeof runs)[number]];
    const swept = runs.filter((run) => run.tags[0] === tags[0]);
    expect(swept.map(({ name }) => name.replace(/^sweep-\d+ /, '')).sort()).toEqual([
      'base_lr=0.001 seed=0',
      'base_lr=0.001 seed=1',
      'base_lr=0.002 seed=0',
      'base_lr=0.002 seed=1',
    ]);
    const waiting = runs.find(({ state }) => state === 'queued');
    if (!waiting) return; // they were that quick
    await go(href('newRun', {}, { checkpoint: at('tiny.npz'), dataset: set!.id }));
    await page
      .locator('header')
      .getByRole('button', { name: /^(Start|Queue)$/ })
      .waitFor();
  });
});
