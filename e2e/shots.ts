// `npm run shots -- DIR [PLACE…]`: every place in every state, at three sizes, light and dark, with a sheet of them all
// (index.html) and what a machine can see wrong (problems.txt). Makes a library of its own; takes some minutes.
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { resolveEngine } from '../src-main/services/engine/engines.ts';
import { workerEnvironment } from '../src-main/services/engine/environment.ts';
import { contactSheet } from './contact-sheet.ts';
import { hostClient, stopAllRuns } from './host-client.ts';
import { seedLibrary } from './seed-library.ts';
import { ServedHost } from './served-host.ts';
import { watchPage } from './watch-page.ts';
import { failAll, fullPlaces, holdAll, PLAIN_PLACES, settled, STALE_PLACES, widthBeyond } from './window-places.ts';
import type { NamedPlaces } from './window-places.ts';

const [folder, ...wanted] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Usage: npm run shots -- DIR [PLACE…]');
  process.exit(2);
}
const root = resolve(folder);
await mkdir(root, { recursive: true });

/** The last is a window of 1280 px at twice its size. */
const SIZES = [
  [1280, 800],
  [1920, 1080],
  [640, 800],
] as const;
const THEMES = ['light', 'dark'] as const;

const shots: string[] = [];
const problems: string[] = [];

/** One page, loaded once, in all sizes and themes. */
async function shoot(page: Page, name: string): Promise<void> {
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    for (const theme of THEMES) {
      if (width === 640 && theme === 'dark') continue;
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.waitForTimeout(120);
      const file = `${name}-${width}x${height}-${theme}.png`;
      await page.screenshot({ path: join(root, file) });
      shots.push(file);
    }
    const beyond = await widthBeyond(page);
    if (beyond > 0) problems.push(`${name} ${width} px: ${beyond} px can only be seen by scrolling sideways`);
  }
}

interface State {
  name: string;
  places: NamedPlaces;
  prepare?: (page: Page) => Promise<void>;
  /** Of requests that fail on purpose. */
  expected?: RegExp;
}

async function shootAll(host: ServedHost, { name, places, prepare, expected }: State): Promise<void> {
  for (const [place, hash] of Object.entries(places)) {
    if (wanted.length > 0 && !wanted.includes(place)) continue;
    const page = await host.newPage();
    const seen: string[] = [];
    watchPage(page, (problem) => seen.push(problem));
    try {
      await page.goto(host.at.url);
      await settled(page, 0);
      await prepare?.(page);
      if (prepare) await page.goto('about:blank'); // else what the first place has loaded is still there
      await page.goto(`${host.address}/${hash}`);
      await settled(page, 1000);
      await shoot(page, `${place}-${name}`);
    } catch (error) {
      problems.push(`${place}-${name}: ${(error as Error).message.split('\n')[0]}`);
    }
    problems.push(...seen.filter((one) => !expected?.test(one)).map((one) => `${place}-${name}: ${one}`));
    await page.close();
    process.stderr.write('.');
  }
}

// The library is new; the engine is this machine's.
const host = await ServedHost.open(workerEnvironment(await resolveEngine()));
try {
  const anyStatus = /status of|ERR_/;
  await shootAll(host, { name: 'empty', places: PLAIN_PLACES });
  await shootAll(host, { name: 'stale', places: STALE_PLACES, expected: anyStatus });
  const client = hostClient(host.home);
  const seeded = await seedLibrary(client, host.home);
  const places = fullPlaces(seeded);
  await shootAll(host, { name: 'full', places });
  await shootAll(host, { name: 'loading', places, prepare: holdAll });
  await shootAll(host, { name: 'error', places, prepare: failAll, expected: anyStatus });
  await stopAllRuns(client);
} finally {
  await host.close();
}
await writeFile(join(root, 'index.html'), contactSheet(shots));
await writeFile(join(root, 'problems.txt'), `${problems.join('\n')}\n`);
console.log(`\n${shots.length} pictures in ${root}, ${problems.length} problems`);
for (const problem of problems) console.log(problem.slice(0, 300));
