import { join } from 'node:path';
import sharp from 'sharp';
import type { AlikeImages, BadImage, ImageItem } from '../../../src-shared/data/dataset.ts';
import { extensionOf, plural, some } from '../../../src-shared/data/file-names.ts';
import { isPackedPath } from '../../../src-shared/data/packed-path.ts';
import { extensionFits, TENSORFLOW_FORMATS } from '../../../src-shared/data/sniff.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { eachLimited } from './each-limited.ts';
import { statImage } from './image-file.ts';
import { inspectImage, type ImageFacts, type Inspection, type InspectLevel } from './inspect-image.ts';
import { StatCache } from './stat-cache.ts';

export interface CheckOptions {
  /** Where Vitrine keeps what it needs between runs; results go to its cache/checks. */
  home: string;
  /** `decode` (default) decodes every pixel; `headers` only reads the first bytes of each file. */
  level?: InspectLevel;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

export interface CheckReport {
  /** In the items' order. */
  bad: BadImage[];
  /** Of the good ones, by absolute path. */
  facts: Map<string, ImageFacts>;
  /** Images that an EXIF orientation other than 1 turns or mirrors. */
  rotated: number;
  notes: string[];
}

/** Files under way at a time; sharp has its own threads. */
const CONCURRENCY = 8;
/** Raise it when the meaning of what is stored changes. */
const VERSION = 1;

interface Stored {
  level: InspectLevel;
  inspection: Inspection;
}

/** Looks at every file once; what was found is kept until a file's size or time changes. Throws interrupted. */
export async function inspectImages(items: readonly ImageItem[], options: CheckOptions): Promise<CheckReport> {
  const level = options.level ?? 'decode';
  const cache = new StatCache<Stored>(join(options.home, 'cache', 'checks'), `${VERSION} vips ${sharp.versions.vips}`);
  const found = new Array<Inspection>(items.length);
  const { signal, onProgress } = options;
  const again: number[] = [];
  try {
    const first = async (item: ImageItem, i: number) => {
      const known = await lookUp(item.path, level, cache);
      found[i] = known ?? (await inspectImage(item.path, level));
      if (known !== undefined) return;
      if (isDecodeError(found[i])) again.push(i);
      else await keep(item.path, { level, inspection: found[i] }, cache);
    };
    await eachLimited(items, first, { limit: CONCURRENCY, signal, onProgress });
    // libvips has one buffer for all threads' error messages: alone, an image gets its own reason.
    const second = async (i: number) => {
      found[i] = await inspectImage(items[i]!.path, level);
      await keep(items[i]!.path, { level, inspection: found[i] }, cache);
    };
    await eachLimited(again, second, { limit: 1, signal });
  } finally {
    await cache.save();
  }
  return reportOf(items, found);
}

/** What looking at images that Vitrine itself has written would give. */
export function vouchedFor(items: readonly ImageItem[], { format, width, height }: AlikeImages): CheckReport {
  const facts: ImageFacts = { format, width, height, orientation: 1, tensorflowReads: TENSORFLOW_FORMATS.has(format) };
  return { bad: [], facts: new Map(items.map(({ path }) => [path, facts])), rotated: 0, notes: [] };
}

/** The images that can't be used, each with its reason. Throws interrupted. */
export async function checkImages(items: readonly ImageItem[], options: CheckOptions): Promise<BadImage[]> {
  return (await inspectImages(items, options)).bad;
}

function isDecodeError(inspection: Inspection): boolean {
  return 'bad' in inspection && (inspection.bad.code === 'truncated' || inspection.bad.code === 'undecodable');
}

async function lookUp(path: string, level: InspectLevel, cache: StatCache<Stored>): Promise<Inspection | undefined> {
  const key = await statImage(path);
  const stored = key === null ? undefined : await cache.get(key);
  if (stored === undefined) return undefined;
  // A file whose header is bad stays bad; one whose header is good still has to decode.
  const enough = stored.level === 'decode' || level === 'headers' || 'bad' in stored.inspection;
  return enough ? stored.inspection : undefined;
}

async function keep(path: string, stored: Stored, cache: StatCache<Stored>): Promise<void> {
  const key = await statImage(path);
  const passing = 'bad' in stored.inspection && stored.inspection.bad.code === 'unreadable';
  if (key !== null && !passing) await cache.set(key, stored);
}

function reportOf(items: readonly ImageItem[], found: readonly Inspection[]): CheckReport {
  const report: CheckReport = { bad: [], facts: new Map(), rotated: 0, notes: [] };
  const misnamed: string[] = [];
  items.forEach((item, i) => {
    const inspection = found[i]!;
    if ('bad' in inspection) {
      report.bad.push({ path: item.path, name: item.name, ...inspection.bad });
      return;
    }
    report.facts.set(item.path, inspection.facts);
    if (inspection.facts.orientation > 1) report.rotated++;
    if (!isPackedPath(item.path) && !extensionFits(inspection.facts.format, extensionOf(item.name)))
      misnamed.push(item.name);
  });
  if (misnamed.length > 0) {
    report.notes.push(
      `${plural(misnamed.length, 'image')} of another format than the name says, read by content: ${some(misnamed, 3)}.`,
    );
  }
  return report;
}

/** The error that stops a run before its first step: how many images are bad, and the first five with reasons. */
export function badImagesError(root: string, bad: readonly BadImage[], total: number): AppError {
  const shown = bad.slice(0, 5).map((b) => `\n  ${b.name}: ${b.reason}`);
  const rest = bad.length > 5 ? `\n  and ${plural(bad.length - 5, 'more', 'more')}` : '';
  return new AppError(
    'bad_dataset',
    `${plural(bad.length, 'image')} of ${total.toLocaleString('en-US')} in ${root} can't be used:${shown.join('')}${rest}`,
    {
      hint: 'Repair or remove them, or leave them out with --skip-bad. "vitrine data FOLDER --check" lists them all.',
      details: { bad: bad.slice(0, 1000), count: bad.length, total },
    },
  );
}
