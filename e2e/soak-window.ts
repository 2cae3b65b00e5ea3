// Many interactions over every view in one page: its memory stays, and nothing is written to its console as an error.
import type { CDPSession, Page } from 'playwright-core';
import { href } from '../src-renderer/routes.ts';
import { randomStream, STREAM } from '../src-shared/random.ts';
import { builtWindow } from './built-window.ts';
import { ServedWindow } from './served-window.ts';

const MOST_BYTES = 250e6;
/** A page that keeps what it should let go of grows with each hundred; one that fills its caches stops. */
const MOST_GROWTH = 30e6;
const SAMPLE_EVERY = 100;
const PLACES = ['catalog', 'data', 'runs', 'newRun', 'reports', 'playground', 'engine', 'settings'] as const;

type Random = ReturnType<typeof randomStream>;
type Interaction = (page: Page, random: Random) => Promise<unknown>;

const letters = 'B/16 i21k medium1 imagenet kitti';
/** What a person does in the catalog, each as quickly as a machine can. */
const IN_CATALOG: readonly Interaction[] = [
  (page, random) => page.getByRole('searchbox').fill(letters.slice(0, random.below(letters.length))),
  (page, random) => page.getByRole('grid').evaluate((grid, top) => (grid.scrollTop = top), random.below(1_000_000)),
  async (page) => {
    await page.getByRole('grid').focus();
    for (const key of ['j', 'j', 'Space', 'k']) await page.keyboard.press(key);
  },
  async (page) => {
    await page.getByRole('grid').focus();
    await page.keyboard.press('s');
  },
  async (page, random) => {
    // What nothing has under the filters is not listed.
    const boxes = page.locator('aside input[type=checkbox]');
    const count = await boxes.count();
    if (count > 0) await boxes.nth(random.below(count)).click();
  },
  (page, random) => page.getByRole('columnheader').getByRole('button').nth(random.below(8)).click(),
  async (page) => {
    await page.getByRole('button', { name: 'Downloads' }).first().click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  },
];

/** @returns a sentence with the figures @throws Error where memory grew or the console had errors */
export async function soakWindow(interactions: number, seed: number): Promise<string> {
  const out = await builtWindow();
  const window = await ServedWindow.open(out);
  try {
    const page = await window.newPage();
    page.setDefaultTimeout(20_000);
    await page.getByRole('grid').getByRole('row').nth(5).waitFor();
    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.enable');
    const random = randomStream(seed, STREAM.order);
    const heaps: number[] = [];
    const begin = performance.now();
    for (let i = 1; i <= interactions; i++) {
      if (random.below(4) === 0) await goSomewhere(page, random, window.served.address);
      else await inCatalog(page, random);
      if (i % SAMPLE_EVERY === 0) {
        heaps.push(await heapOf(session));
        process.stdout.write(`${i}: ${megabytes(heaps.at(-1)!)}\n`);
      }
    }
    const problems = window.problems.filter((problem) => !problem.includes('Throttling navigation'));
    const half = heaps.slice(heaps.length >> 1);
    // The first half fills caches; what grows behind it grows on.
    const growth = half.length < 2 ? 0 : half.at(-1)! - half[0]!;
    const figures =
      `${interactions} interactions: heap ${megabytes(heaps[0] ?? 0)} after ${SAMPLE_EVERY}, ` +
      `${megabytes(Math.max(0, ...heaps))} at most, ${megabytes(growth)} more at the end than in the middle; ` +
      `${problems.length} errors; seed ${seed}; ${((performance.now() - begin) / 60_000).toFixed(1)} min\n`;
    if (Math.max(0, ...heaps) > MOST_BYTES || growth > MOST_GROWTH || problems.length > 0 || window.bugs.length > 0) {
      throw new Error([figures, ...problems.slice(0, 10), ...window.bugs.map(String)].join('\n'));
    }
    return figures;
  } finally {
    await window.close();
  }
}

async function goSomewhere(page: Page, random: Random, address: string): Promise<void> {
  const place = PLACES[random.below(PLACES.length)]!;
  await page.goto(`${address}/${href(place, {})}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
}

async function inCatalog(page: Page, random: Random): Promise<void> {
  if (!/#\/catalog(\?|$)/.test(page.url())) {
    await page.getByRole('navigation').getByRole('link', { name: 'Catalog' }).click();
  }
  await page.getByRole('grid').waitFor();
  await IN_CATALOG[random.below(IN_CATALOG.length)]!(page, random);
}

/** Bytes that are left after everything that can go has gone. */
async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
