// The window in a headless Chromium over a library with the whole catalog: how long a person waits.
import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { findChromium } from '../e2e/browser.ts';
import { builtWindow } from '../e2e/built-window.ts';
import { ServedWindow } from '../e2e/served-window.ts';
import { asIndexCsv, generatedRows } from '../src-main/services/catalog/generated-index.fixture.ts';
import { AppError } from '../src-shared/errors.ts';
import type { Figure } from './figures.ts';
import { median, quantile } from './measure.ts';
import { scrollTable, typeLetter, watchPaints } from './window/in-page.ts';
import { lighthouseScores } from './window/lighthouse.ts';
import { startBytes } from './window/sizes.ts';

/** What is typed, letter by letter, each time from nothing: 66 keystrokes. */
const TYPED = ['B/16 i21k medium1 imagenet', 'R26+S/32 oxford pet', 'wd_0.03 kitti res_384'];
const SCROLLED = { frames: 240, pixels: 90 };

/** @throws AppError engine (no Chromium) */
export async function windowFigures(rounds: number, say: (line: string) => void): Promise<Figure[]> {
  const chromium = findChromium();
  if (chromium === null) throw new AppError('usage', 'The window is measured in Chromium, and there is none.');
  say('building the window');
  const out = await builtWindow();
  const window = await ServedWindow.open(out);
  try {
    const index = join(window.home, 'index.csv');
    writeFileSync(index, asIndexCsv(generatedRows()));
    await window.library.catalog.importIndex(index);
    rmSync(index);
    say(`opening the catalog, ${rounds} times`);
    const opening: number[] = [];
    for (let round = -1; round < rounds; round++) {
      const took = await openingTime(window);
      if (round >= 0) opening.push(took);
    }
    const page = await window.newPage();
    await page.addInitScript(watchPaints);
    await page.reload();
    await page.waitForFunction(() => globalThis.window.watch.rowsAt > 0);
    await page.waitForTimeout(1500);
    say('typing');
    const typing: number[] = [];
    for (const text of TYPED) {
      for (let length = 1; length <= text.length; length++) {
        typing.push(await page.evaluate(typeLetter, text.slice(0, length)));
      }
      await page.evaluate(typeLetter, '');
    }
    say('scrolling');
    const dropped: number[] = [];
    for (let round = 0; round < Math.min(rounds, 5); round++) {
      const [came, due] = await page.evaluate(scrollTable, SCROLLED);
      dropped.push((100 * (due - came)) / due);
    }
    say('drawing curves');
    const curves = await curveTimes(page, rounds);
    say('asking Lighthouse');
    const scores = await lighthouseScores(window.entrance, chromium);
    if (scores) say(`Lighthouse took points for: ${scores.lost.join(', ') || 'nothing'}`);
    return [
      { what: 'window: catalog interactive', value: median(opening), unit: 'ms', atMost: 1000 },
      { what: `window: ${typing.length} keystrokes to painted rows, p50`, value: median(typing), unit: 'ms' },
      { what: 'window: of them, p95', value: quantile(typing, 0.95), unit: 'ms', atMost: 50 },
      { what: 'window: frames dropped in scrolling', value: median(dropped), unit: '%', atMost: 5 },
      { what: 'window: 20 curves of 10,000 points', value: median(curves), unit: 'ms', atMost: 200 },
      {
        what: 'window: scripts and styles at start, gzip',
        value: (await startBytes(join(out, 'renderer'))) / 1000,
        unit: 'kB',
        atMost: 400,
      },
      ...(scores
        ? [
            { what: 'window: Lighthouse, accessibility', value: scores.accessibility, unit: '', atLeast: 95 },
            { what: 'window: Lighthouse, best practices', value: scores.bestPractices, unit: '', atLeast: 95 },
          ]
        : []),
    ];
  } finally {
    await window.close();
  }
}

/** From the navigation to the first paint with rows. */
async function openingTime(window: ServedWindow): Promise<number> {
  const page = await window.newPage();
  await page.addInitScript(watchPaints);
  await page.reload();
  await page.waitForFunction(() => globalThis.window.watch.rowsAt > 0);
  const took = await page.evaluate(() => globalThis.window.watch.rowsAt);
  await page.close();
  return took;
}

async function curveTimes(page: Page, rounds: number): Promise<number[]> {
  const out = await mkdtemp(join(tmpdir(), 'vitrine-curves-'));
  try {
    await build({
      configFile: false,
      logLevel: 'error',
      plugins: [svelte({ configFile: false, compilerOptions: { css: 'injected' } })],
      define: { 'process.env.NODE_ENV': '"production"' },
      build: {
        outDir: out,
        lib: {
          entry: join(import.meta.dirname, 'window/curves.js'),
          formats: ['iife'],
          name: 'curves',
          fileName: () => 'curves.js',
        },
      },
    });
    const source = await readFile(join(out, 'curves.js'), 'utf8');
    await page.evaluate(() => document.body.replaceChildren());
    // Past the content policy, which holds for the page's own scripts.
    await page.evaluate(source);
    const times: number[] = [];
    for (let round = -1; round < rounds; round++) {
      const took = await page.evaluate(() => globalThis.window.drawCurves());
      if (round >= 0) times.push(took);
    }
    return times;
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}
