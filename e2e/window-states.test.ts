// No place is ever blank: empty, failing, gone, asked for what is not there, given names that nobody would give.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Client } from '../src-main/app/in-process.ts';
import { href } from '../src-renderer/routes.ts';
import { seriousOn } from './axe.ts';
import { CHROMIUM_NEEDED, findChromium } from './browser.ts';
import { COLOURS, square, writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { until } from './seed-library.ts';
import { ServedHost } from './served-host.ts';
import type { ServedWindow } from './served-window.ts';
import { useWindow } from './use-window.ts';
import { configFlags } from './vitrine.ts';
import { failAll, PLAIN_PLACES, settled, STALE_PLACES, textOf, widthBeyond } from './window-places.ts';
import type { NamedPlaces } from './window-places.ts';

const hasTensorFlow = process.env['VITRINE_ENGINE_DIR'] !== undefined;

describe.skipIf(findChromium() === null)(`in Chromium (${CHROMIUM_NEEDED})`, { timeout: 240_000 }, () => {
  const suite = useWindow();
  const { at, go } = suite;
  let window: ServedWindow;
  let page: Page;
  let client: Client;

  beforeAll(() => {
    ({ window, client } = suite);
  });

  beforeEach(() => {
    ({ page } = suite);
    page.on('dialog', (dialog) => window.problems.push(`a dialog: ${dialog.message()}`));
  });

  /** The browser's own notes of requests that fail on purpose. */
  function expectFailures(pattern = /status of \d+|ERR_/): void {
    window.problems = window.problems.filter((problem) => !pattern.test(problem));
  }

  /** What is wrong with the places in this state, a line each. */
  async function faults(places: NamedPlaces): Promise<string[]> {
    const found: string[] = [];
    for (const [name, hash] of Object.entries(places)) {
      await go(hash);
      await settled(page, 350);
      const text = await textOf(page);
      if (text.length < 12) found.push(`${name}: blank ("${text}")`);
      await page.setViewportSize({ width: 640, height: 800 });
      const beyond = await widthBeyond(page);
      if (beyond > 0) found.push(`${name}: ${beyond} px too wide for 640 px`);
      await page.setViewportSize({ width: 1280, height: 820 });
      found.push(...(await seriousOn(page)).map((one) => `${name}: ${one}`));
    }
    return found;
  }

  test('an empty library has a word for everything', async () => {
    expect(await faults(PLAIN_PLACES)).toEqual([]);
  });

  test('what an address names is not there', async () => {
    expect(await faults(STALE_PLACES)).toEqual([]);
    expectFailures();
  });

  test('main fails: each place says so, and asks again', async () => {
    await failAll(page);
    const { compare: _, settings: __, ...asking } = PLAIN_PLACES;
    expect(await faults(asking)).toEqual([]);
    await go(PLAIN_PLACES.runs);
    await page.getByRole('heading', { level: 1, name: 'Runs', exact: true }).waitFor();
    const again = page.getByRole('main').getByRole('button', { name: 'Try again' });
    await again.waitFor();
    await page.unroute('**/rpc/**');
    // The window asks by itself as soon as its event stream is back; a hand may be quicker.
    await again.click({ timeout: 2000 }).catch(() => undefined);
    await again.waitFor({ state: 'hidden' });
    expectFailures();
  });

  test('the server is gone: places that were not loaded yet say so and come back with it', async () => {
    await go(PLAIN_PLACES.catalog);
    await settled(page);
    const { port } = window.served;
    await window.served.close(0);
    await page.getByText('The connection to Vitrine is lost').waitFor();
    try {
      for (const name of ['Data', 'Runs', 'Reports', 'Playground', 'Engine']) {
        await page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
        await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
        await expect.poll(async () => (await textOf(page)).length).toBeGreaterThan(12);
      }
    } finally {
      await window.serveAgain(port);
    }
    await page.getByText('The connection to Vitrine is lost').waitFor({ state: 'hidden' });
    const again = page.getByRole('button', { name: 'Try again' });
    if ((await again.count()) > 0) await again.first().click();
    await expect.poll(() => page.getByRole('main').getByRole('alert').count()).toBe(0);
    expectFailures(/ERR_|Failed to fetch|dynamically imported module/);
  });

  test('names that nobody would give break nothing', async () => {
    const markup = '<img src=x onerror=alert(1)>';
    const long = Array.from({ length: 14 }, (_, i) => `${i}-${'w'.repeat(240)}`).join('/'); // 3,400 characters
    const root = at(`<b>data</b> & "more"`);
    for (const [split, seed] of [
      ['train', 0],
      ['test', 50],
    ] as const) {
      for (const [i, name] of [markup, 'plain'].entries()) {
        const place = join(root, split, name);
        await mkdir(join(place, long.slice(0, 240)), { recursive: true });
        for (let n = 0; n < 3; n++)
          await writeFile(join(place, `${n}'"<script>.png`), await square(Object.values(COLOURS)[i]!, seed + n));
        await writeFile(join(place, long.slice(0, 240), `${'v'.repeat(240)}.png`), await square([9, 9, 9], seed + 9));
      }
    }
    const { id } = await client.datasets.add({ path: root });
    await until(async () => (await client.datasets.get({ id })).state === 'ready');
    expect(
      await faults({
        data: href('data', {}),
        dataset: href('dataset', { id }),
        'new-run': href('newRun', {}, { dataset: id, checkpoint: `/tmp/${markup}/${'x'.repeat(4000)}` }),
        playground: href('playground', {}, { checkpoint: `/tmp/${markup}/${'x'.repeat(4000)}` }),
        search: href('runs', {}, { q: markup.repeat(100) }),
      }),
    ).toEqual([]);
    await expect.poll(() => page.locator('img[src="x"]').count()).toBe(0);
    expectFailures();
  });

  test.skipIf(!hasTensorFlow)('a run that fails is seen to fail', async () => {
    await writeSquares(at('squares'), { train: 8, test: 2 });
    await writeTinyCheckpoint(at('tiny.npz'));
    const config = { dataset: at('squares'), total_steps: 50, warmup_steps: 1, batch: 8, accum_steps: 1 };
    const { id } = await client.runs.start({
      workdir: at('run'),
      checkpoint: at('tiny.npz'),
      threads: 1,
      overrides: configFlags({ ...config, base_lr: 1e38, grad_norm_clip: 1e38, eval_every: 0, progress_every: 1 }),
    });
    await go(href('run', { id }));
    const card = page.getByRole('alert', { name: 'This run ended before its time' });
    await card.waitFor({ timeout: 120_000 });
    await expect.poll(() => card.innerText()).toMatch(/became (NaN|-?Infinity|infinite)/);
    expect(await seriousOn(page)).toEqual([]);
  });

  test('without an engine the window says which, why and what to do', async () => {
    const host = await ServedHost.open({ VITRINE_ENGINE_DIR: '/no/such/engine' });
    try {
      await host.page.goto(`${host.address}/${href('engine', {})}`);
      await host.page.getByText('/no/such/engine').first().waitFor();
      expect(await textOf(host.page)).not.toBe('');
      expect(await seriousOn(host.page)).toEqual([]);
    } finally {
      await host.close();
    }
  });
});
