import { AppError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { hashOrder, STREAM } from '../random.ts';
import type { ImageDataset, ImageItem } from './dataset.ts';
import { parseSplit, sliceRange, type SplitPart } from './split-string.ts';

export type SplitRole = 'train' | 'validation' | 'test';

/** The names people give to splits, lower case. */
const ROLE_OF: Record<string, SplitRole> = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
  eval: 'test',
  evaluation: 'test',
  holdout: 'test',
  'hold-out': 'test',
  hold_out: 'test',
};

export function roleOfSplit(name: string): SplitRole | null {
  const key = name.trim().toLowerCase();
  return Object.hasOwn(ROLE_OF, key) ? ROLE_OF[key]! : null;
}

export interface ResolvedSplit {
  /** The split's own name in the data set; "all" for every image. */
  name: string;
  /** Set where the answer isn't the name that was asked for. */
  note: string | null;
}

/**
 * The split that a person means by `name`: its own name, then another spelling of the same role ("val" for
 * "validation"), then validation for test and test for validation, with a note. "all" is every image.
 * Throws bad_dataset where nothing fits.
 */
export function findSplit(names: readonly string[], name: string): ResolvedSplit {
  if (names.includes(name)) return { name, note: null };
  const folded = names.find((n) => n.toLowerCase() === name.toLowerCase());
  if (folded !== undefined) return { name: folded, note: null };
  if (name.toLowerCase() === 'all') return { name: 'all', note: null };
  const role = roleOfSplit(name);
  const stand: (SplitRole | null)[] =
    role === 'test' ? ['test', 'validation'] : role === 'validation' ? ['validation', 'test'] : [role];
  for (const candidate of stand) {
    const found = candidate === null ? undefined : names.find((n) => roleOfSplit(n) === candidate);
    if (found !== undefined) return { name: found, note: `There is no split "${name}": "${found}" is used.` };
  }
  const guess = nearest(name, [...names]);
  throw new AppError(
    'bad_dataset',
    `The data set has no split "${name}": it has ${names.map((n) => `"${n}"`).join(', ')}.`,
    {
      hint: guess
        ? `Did you mean "${guess}"?`
        : `Ask for one of these, or for a part of one, such as "${names[0] ?? 'train'}[90%:]".`,
      details: { splits: [...names] },
    },
  );
}

export interface SelectedItems {
  /** In name order within each part; no image twice. */
  items: ImageItem[];
  notes: string[];
}

/**
 * The images of a split expression. A slice counts along an order that is fixed by the files' names alone and mixes
 * the classes: along the folder's own order, `train[:98%]` would hold no image of the last class. `[:k]` and `[k:]`
 * together are the whole split, without overlap. Records are counted along their own order, as tfds does. Throws config (not a split) or bad_dataset (no such split or slice).
 */
export function selectItems(dataset: Pick<ImageDataset, 'splits' | 'ordered'>, expression: string): SelectedItems {
  const names = Object.keys(dataset.splits);
  const notes: string[] = [];
  const taken = new Set<ImageItem>();
  for (const part of parseSplit(expression)) {
    const resolved = findSplit(names, part.name);
    if (resolved.note !== null && !notes.includes(resolved.note)) notes.push(resolved.note);
    const items =
      resolved.name === 'all' && !names.includes('all')
        ? Object.values(dataset.splits).flat()
        : dataset.splits[resolved.name]!;
    for (const item of sliceOf(items, part, dataset.ordered ?? false)) taken.add(item);
  }
  if (taken.size === 0) {
    throw new AppError('bad_dataset', `The split "${expression}" has no images.`, {
      hint: `Images a split: ${names.map((n) => `${n} ${dataset.splits[n]!.length}`).join(', ')}.`,
    });
  }
  return { items: [...taken], notes };
}

function sliceOf(items: readonly ImageItem[], part: SplitPart, ordered: boolean): readonly ImageItem[] {
  if (part.from === null && part.to === null) return items;
  const [start, end] = sliceRange(part, items.length);
  if (ordered) return items.slice(start, end);
  const order = hashOrder(
    items.map((item) => item.name),
    0,
    STREAM.slice,
  );
  const wanted = new Set(order.slice(start, end));
  return items.filter((_, i) => wanted.has(i));
}

/**
 * Which items of a data set without splits are held out for testing: in each class exactly the rounded share, at
 * least one and never all of a class of two or more. Which ones depends on the seed and on each file's name within
 * its class only, so added files hardly move the others.
 */
export function stratifiedHoldOut(
  items: readonly { name: string; label: number }[],
  options: { testFraction: number; seed: number },
): Set<number> {
  const classes = new Map<number, number[]>();
  items.forEach((item, i) => {
    const members = classes.get(item.label);
    if (members) members.push(i);
    else classes.set(item.label, [i]);
  });
  const held = new Set<number>();
  for (const members of classes.values()) {
    const n = members.length;
    if (n < 2) continue;
    const count = Math.min(n - 1, Math.max(1, Math.round(n * options.testFraction)));
    const order = hashOrder(
      members.map((i) => items[i]!.name),
      options.seed,
      STREAM.split,
    );
    for (const k of order.slice(0, count)) held.add(members[k]!);
  }
  return held;
}
