import { join } from 'node:path';
import sharp from 'sharp';
import type { BadImage, ImageDataset, ImageItem } from '../../../../src-shared/data/dataset.ts';
import { nearPairs } from '../../../../src-shared/data/near-hashes.ts';
import { inspectImages } from '../check.ts';
import { eachLimited } from '../each-limited.ts';
import { statImage } from '../image-file.ts';
import { StatCache } from '../stat-cache.ts';
import { imbalanceOf, type Imbalance } from './imbalance.ts';
import { lookOf, type Look } from './look.ts';

export interface ExamineOptions {
  /** Where Vitrine keeps what it needs between runs. */
  home: string;
  /** Bits in which the perceptual hashes of two images may differ that count as the same picture. */
  distance?: number;
  signal?: AbortSignal;
  onProgress?: (phase: 'check' | 'compare', done: number, total: number) => void;
}

/** Images that show the same. */
export interface AlikeGroup {
  /** `exact`: the same bytes. `near`: perceptual hashes within the distance of another of the group. */
  kind: 'exact' | 'near';
  images: { name: string; split: string; class: string | null }[];
  /** They lie in several splits: what is tested on was trained on. */
  leak: boolean;
  /** They are of several classes: one label at least is wrong. */
  conflict: boolean;
}

export interface Quality {
  images: number;
  bad: BadImage[];
  /** Shorter side below 32 px. */
  tiny: { name: string; width: number; height: number }[];
  groups: AlikeGroup[];
  imbalance: Imbalance | null;
  distance: number;
  /** Sentences on the files: such as one of another format than its name says. */
  notes: string[];
}

/** Two photographs of a kind differ in some 20 bits and more; the same one saved again in 0 to 3. */
export const NEAR_BITS = 4;
export const TINY_SIDE = 32;
const CONCURRENCY = 4;
/** Raise it when the meaning of what is stored changes. */
const VERSION = 1;

interface Placed {
  item: ImageItem;
  split: string;
}

/** Decodes every image and compares each with all others. Throws interrupted. */
export async function examine(
  dataset: Pick<ImageDataset, 'splits' | 'classNames' | 'bad'>,
  options: ExamineOptions,
): Promise<Quality> {
  const { home, signal, distance = NEAR_BITS, onProgress } = options;
  const placed = Object.entries(dataset.splits).flatMap(([split, items]) => items.map((item) => ({ item, split })));
  const items = placed.map(({ item }) => item);
  const report = await inspectImages(items, {
    home,
    signal,
    onProgress: (done, total) => onProgress?.('check', done, total),
  });
  const good = placed.filter(({ item }) => report.facts.has(item.path));
  const looks = await looksOf(good, { home, signal, onProgress });
  const exact = exactGroups(good, looks);
  const groups = [...exact, ...nearGroups(good, { looks, distance })].map(({ kind, members }) =>
    describe(
      kind,
      members.map((i) => good[i]!),
      dataset.classNames,
    ),
  );
  const tiny = good.flatMap(({ item }) => {
    const { width, height } = report.facts.get(item.path)!;
    return Math.min(width, height) < TINY_SIDE ? [{ name: item.name, width, height }] : [];
  });
  const bad = [...dataset.bad, ...report.bad];
  return {
    images: items.length + dataset.bad.length,
    ...{ bad, tiny, groups, imbalance: imbalanceOf(dataset), distance },
    notes: report.notes,
  };
}

async function looksOf(
  placed: readonly Placed[],
  { home, signal, onProgress }: Pick<ExamineOptions, 'home' | 'signal' | 'onProgress'>,
): Promise<Look[]> {
  const cache = new StatCache<Look>(join(home, 'cache', 'looks'), `${VERSION} vips ${sharp.versions.vips}`);
  const looks = new Array<Look>(placed.length);
  const look = async ({ item }: Placed, i: number): Promise<void> => {
    const key = await statImage(item.path);
    looks[i] = (key && (await cache.get(key))) ?? (await lookOf(item.path));
    if (key) await cache.set(key, looks[i]);
  };
  try {
    const told = (done: number, total: number): void => onProgress?.('compare', done, total);
    await eachLimited(placed, look, { limit: CONCURRENCY, signal, onProgress: told });
  } finally {
    await cache.save();
  }
  return looks;
}

interface Group {
  kind: AlikeGroup['kind'];
  /** Indices, in order. */
  members: number[];
}

function exactGroups(placed: readonly Placed[], looks: readonly Look[]): Group[] {
  const byContent = Map.groupBy(placed.keys(), (i) => looks[i]!.sha256);
  return [...byContent.values()].filter((members) => members.length > 1).map((members) => ({ kind: 'exact', members }));
}

/** Of images that differ in their bytes: one stands for all that are the same exactly. */
function nearGroups(
  placed: readonly Placed[],
  { looks, distance }: { looks: readonly Look[]; distance: number },
): Group[] {
  // One for each content and split: exact copies within a split are told as such, near ones across splits again.
  const first = new Map<string, number>();
  for (const [i, { split }] of placed.entries()) {
    const key = `${looks[i]!.sha256} ${split}`;
    if (looks[i]!.hash !== null && !first.has(key)) first.set(key, i);
  }
  const chosen = [...first.values()];
  const half = (from: number): Uint32Array =>
    Uint32Array.from(chosen, (i) => Number.parseInt(looks[i]!.hash!.slice(from, from + 8), 16));
  const parent = chosen.map((_, k) => k);
  const rootOf = (k: number): number => {
    let at = k;
    while (parent[at] !== at) at = parent[at] = parent[parent[at]!]!;
    return at;
  };
  nearPairs({ high: half(0), low: half(8) }, distance, (a, b) => {
    const [x, y] = [rootOf(a), rootOf(b)];
    parent[Math.max(x, y)] = Math.min(x, y);
  });
  return [...Map.groupBy(chosen.keys(), rootOf).values()]
    .map((ks) => ks.map((k) => chosen[k]!))
    .filter((members) => new Set(members.map((i) => looks[i]!.sha256)).size > 1)
    .map((members) => ({ kind: 'near', members }));
}

function describe(kind: AlikeGroup['kind'], placed: readonly Placed[], classNames: readonly string[]): AlikeGroup {
  const images = placed.map(({ item, split }) => ({
    name: item.name,
    split,
    class: item.label === null ? null : classNames[item.label]!,
  }));
  const classes = new Set(images.map((image) => image.class).filter((name) => name !== null));
  const leak = new Set(images.map(({ split }) => split)).size > 1;
  return { kind, images, leak, conflict: classes.size > 1 };
}
