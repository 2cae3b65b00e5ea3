import { existsSync } from 'node:fs';
import { env } from 'node:process';

/** Where the systems that run these tests keep a Chromium; nothing is downloaded. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

/** A Chromium's path, or null; CHROMIUM names another one. */
export function findChromium(): string | null {
  const named = env['CHROMIUM'];
  if (named) return named;
  return PLACES.find((path) => existsSync(path)) ?? null;
}

/** Why a test that needs a browser did not run; stands in its name, so that a report of skipped tests says it. */
export const CHROMIUM_NEEDED = 'needs Chromium: apt-get install chromium, or set CHROMIUM to its path';
