// The window's places, and the states in which each is looked at.
import type { Page, Route } from 'playwright-core';
import { href } from '../src-renderer/routes.ts';
import type { SeededLibrary } from './seed-library.ts';

/** A place by the name its pictures have, and its address. */
export type NamedPlaces = Readonly<Record<string, string>>;

/** Places that need nothing in the library. */
export const PLAIN_PLACES = {
  catalog: href('catalog', {}),
  data: href('data', {}),
  runs: href('runs', {}),
  'new-run': href('newRun', {}),
  compare: href('compare', {}),
  reports: href('reports', {}),
  playground: href('playground', {}),
  engine: href('engine', {}),
  settings: href('settings', {}),
} as const satisfies NamedPlaces;

/** Addresses of what was there once, or never was. */
export const STALE_PLACES = {
  checkpoint: href('checkpoint', { name: '<b>none</b>' }),
  'checkpoint-file': href('checkpointFile', { id: '987654' }),
  dataset: href('dataset', { id: 'no-such-data' }),
  'new-run': href('newRun', {}, { checkpoint: '/no/such/file.npz', dataset: 'no-such-data', clone: '0123456789ab' }),
  run: href('run', { id: '0123456789ab' }),
  compare: href('compare', {}, { run: ['0123456789ab', 'ba9876543210'] }),
  report: href('report', { id: 'no-such-report' }),
  reports: href('reports', {}, { evaluate: '/no/such/file.npz', dataset: 'no-such-data' }),
  playground: href('playground', {}, { checkpoint: '/no/such/file.npz' }),
} as const satisfies NamedPlaces;

/** Every place with something in it. */
export function fullPlaces(seeded: SeededLibrary): NamedPlaces {
  const { checkpoint, dataset, runs, evaluation, catalogName } = seeded;
  return {
    catalog: href('catalog', {}),
    checkpoint: href('checkpoint', { name: catalogName }),
    'checkpoint-file': href('checkpointFile', { id: checkpoint.id }),
    data: href('data', {}),
    dataset: href('dataset', { id: dataset }),
    runs: href('runs', {}),
    'new-run': href('newRun', {}, { checkpoint: checkpoint.path, dataset }),
    'run-running': href('run', { id: runs.running }),
    'run-finished': href('run', { id: runs.finished }),
    'run-failed': href('run', { id: runs.failed }),
    compare: href('compare', {}, { run: [runs.finished, runs.other] }),
    reports: href('reports', {}),
    evaluate: href('reports', {}, { evaluate: checkpoint.path, dataset }),
    report: href('report', { id: evaluation }),
    playground: href('playground', {}, { checkpoint: checkpoint.path }),
    engine: href('engine', {}),
    settings: href('settings', {}),
  };
}

/** What the frame itself asks for goes on working: the event stream, the engine in the status line. */
const FRAME = /\/rpc\/(system|desktop)\//;

/** Every answer to a view is a failure: as a proxy gives it, or as main does where it has a fault. */
export async function failAll(page: Page): Promise<void> {
  await page.route('**/rpc/**', (route) =>
    FRAME.test(route.request().url())
      ? route.continue()
      : route.fulfill({ status: 500, body: 'Internal Server Error' }),
  );
}

/** Answers to a view don't come until the page is left. */
export async function holdAll(page: Page): Promise<void> {
  await page.route('**/rpc/**', async (route: Route) => {
    if (FRAME.test(route.request().url())) await route.continue();
  });
}

/** The place is drawn: its heading, its fonts, and what moves has come to rest. */
export async function settled(page: Page, milliseconds = 400): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.evaluate(async () => void (await document.fonts.ready));
  await page.waitForTimeout(milliseconds);
}

/** What a page that is not blank shows in its view, with white space taken out. */
export async function textOf(page: Page): Promise<string> {
  return (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ').trim();
}

/** Whether anything of the page can only be seen by scrolling it sideways; px beyond the window. */
export function widthBeyond(page: Page): Promise<number> {
  return page.evaluate(() => {
    const main = document.querySelector('main');
    return Math.max(
      document.documentElement.scrollWidth - innerWidth,
      main === null ? 0 : main.scrollWidth - main.clientWidth,
    );
  });
}
