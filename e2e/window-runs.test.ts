// Runs in the window: a real training over squares, watched, paused, killed, resumed and compared in Chromium.
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Client } from '../src-main/app/in-process.ts';
import type { RunSummary } from '../src-shared/contract/runs.ts';
import { href } from '../src-renderer/routes.ts';
import { seriousOn } from './axe.ts';
import { CHROMIUM_NEEDED, findChromium } from './browser.ts';
import { writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import type { ServedWindow } from './served-window.ts';
import { useWindow } from './use-window.ts';
import { configFlags } from './vitrine.ts';

const hasTensorFlow = process.env.VITRINE_ENGINE_DIR !== undefined;
const able = findChromium() !== null && hasTensorFlow;

describe.skipIf(!able)(`in Chromium (${CHROMIUM_NEEDED}), with TensorFlow`, { timeout: 300_000 }, () => {
  const suite = useWindow();
  const { at, go } = suite;
  let window: ServedWindow;
  let page: Page;
  let client: Client;

  beforeAll(async () => {
    await writeSquares(at('squares'), { train: 12, test: 4 });
    await writeTinyCheckpoint(at('tiny.npz'));
    ({ window, client } = suite);
  });

  beforeEach(() => {
    ({ page } = suite);
  });

  function start(name: string, more: Record<string, number> = {}): Promise<RunSummary> {
    const config = {
      dataset: at('squares'),
      total_steps: 120,
      warmup_steps: 10,
      batch: 8,
      accum_steps: 1,
      base_lr: 0.003,
      eval_every: 40,
      checkpoint_every: 20,
      progress_every: 1,
      ...more,
    };
    return client.runs.start({
      name,
      workdir: at(name),
      checkpoint: at('tiny.npz'),
      threads: 1,
      overrides: configFlags(config),
    });
  }

  const badge = (state: string) => page.locator('header').getByText(state, { exact: true });

  test('without runs, the list says how one begins', async () => {
    await go(href('runs', {}));
    await page.getByText('an interrupted run goes on where it stopped').waitFor();
    await page.getByRole('button', { name: 'Try the sample' }).waitFor();
    await page.keyboard.press('n');
    await page.getByRole('heading', { level: 1, name: 'New run' }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Try the sample' }).waitFor();
    expect(await seriousOn(page)).toEqual([]);
  });

  test('a run is watched from its first step to its end, without a reload', async () => {
    await go(href('runs', {}));
    const { id } = await start('first');
    await page.getByRole('row', { name: /first/ }).dblclick();
    await page.getByRole('heading', { level: 1, name: 'first' }).waitFor();
    await badge('Finished').waitFor({ timeout: 180_000 });
    await expect.poll(() => page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('120');
    for (const chart of ['Loss', 'Accuracy, %', 'Learning rate', 'Gradient norm'])
      await page.getByRole('heading', { level: 2, name: chart, exact: true }).waitFor();
    // What came over the stream, point by point, is what the database has.
    const shown = page.getByRole('figure').filter({ has: page.getByRole('heading', { name: 'Loss', exact: true }) });
    await shown.getByRole('button', { name: 'As table' }).click();
    const { series } = await client.runs.metrics({ id, names: ['train_loss', 'loss_test'], maxPoints: 10_000 });
    const expected = series.flatMap(({ points }) => points.map(([step, value]) => `${step} ${value}`));
    const cells = await shown.locator('tbody tr').evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll('td')]
          .slice(1)
          .map((cell) => cell.textContent)
          .join(' '),
      ),
    );
    expect(cells.sort()).toEqual(expected.sort());
    await page.getByText('at step 120').first().waitFor(); // the timeline tells of the last checkpoint
    expect(await seriousOn(page)).toEqual([]);
  });

  test('paused and resumed by its buttons; killed, it says so and goes on', async () => {
    const { id } = await start('second', { total_steps: 1_000_000, eval_every: 0, progress_every: 10 });
    await go(href('run', { id }));
    await badge('Running').waitFor({ timeout: 180_000 });
    await expect
      .poll(() => page.getByRole('progressbar').getAttribute('aria-valuenow'), { timeout: 180_000 })
      .not.toBe('0');
    await page.getByRole('button', { name: 'Evaluate now' }).click();
    await page.getByRole('heading', { level: 2, name: 'Accuracy, %' }).waitFor({ timeout: 180_000 });
    await page.getByRole('button', { name: 'Pause' }).click();
    await badge('Paused').waitFor({ timeout: 180_000 });
    await page.getByRole('button', { name: /^Resume from step/ }).click();
    await badge('Running').waitFor({ timeout: 180_000 });
    const { pid } = await client.runs.get({ id });
    process.kill(pid!, 'SIGKILL');
    const card = page.getByRole('alert', { name: 'This run ended before its time' });
    await card.getByText('Its process was killed from outside.').waitFor({ timeout: 180_000 });
    await expect.poll(() => card.textContent()).toMatch(/Everything up to step [\d,]+ is safe/);
    await card.getByRole('button', { name: /^Resume from step/ }).click();
    await card.waitFor({ state: 'hidden', timeout: 180_000 });
    await badge('Running').waitFor({ timeout: 180_000 });
    await page.getByRole('button', { name: 'Stop…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop and keep' }).click();
    await badge('Stopped').waitFor({ timeout: 180_000 });
  });

  test('two runs chosen by keys are compared: what differs, and their curves', async () => {
    await go(href('runs', {}));
    const grid = page.getByRole('grid');
    await page.getByRole('row', { name: /second/ }).waitFor();
    await grid.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press(' ');
    await page.keyboard.press('j');
    await page.keyboard.press(' ');
    await page.keyboard.press('c');
    await page.getByRole('heading', { level: 1, name: 'Compare' }).waitFor();
    const differs = page.getByRole('region', { name: 'What differs' });
    await differs.getByRole('rowheader').first().waitFor();
    expect(await differs.getByRole('rowheader').allTextContents()).toEqual([
      'total_steps',
      'eval_every',
      'progress_every',
    ]);
    const loss = page.getByRole('figure').filter({ has: page.getByRole('heading', { name: 'Loss', exact: true }) });
    await loss
      .getByRole('button', { name: /^first/ })
      .first()
      .waitFor();
    await loss
      .getByRole('button', { name: /^second/ })
      .first()
      .waitFor();
    expect(await seriousOn(page)).toEqual([]);
    await page.reload();
    await page.getByRole('link', { name: 'first', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'first' }).waitFor();
  });

  test('a run that is not there is said to be missing; one that is removed leaves the list', async () => {
    await go(href('run', { id: '0123456789ab' }));
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('0123456789ab');
    const { id } = (await client.runs.list({ text: 'second' })).runs[0]!;
    await go(href('run', { id }));
    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove from the list' }).click();
    await page.getByRole('heading', { level: 1, name: 'Runs', exact: true }).waitFor();
    await page.getByRole('row', { name: /first/ }).waitFor();
    await page.getByRole('row', { name: /second/ }).waitFor({ state: 'detached' });
    window.problems = window.problems.filter((problem) => !/status of 404/.test(problem)); // the browser's own note
  });
});
