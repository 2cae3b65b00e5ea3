import { AppError } from '../errors.ts';
import { compareCodePoints } from './dataset.ts';
import { some } from './file-names.ts';
import type { Found, Layout, NamedItem } from './listing.ts';
import { roleOfSplit, stratifiedHoldOut } from './splits.ts';

/** Turns class names into labels, makes the split where there is none, orders the splits and says what was assumed. */
export function finishLayout(found: Found, root: string, options: { seed: number; testFraction: number }): Layout {
  const classNames = classNamesOf(found.splits);
  refuseStrangers(found.splits, classNames);
  const labelOf = new Map(classNames.map((name, i) => [name, i]));
  const splits: Layout['splits'] = {};
  const put = (split: string, items: readonly NamedItem[]) => {
    splits[split] = items.map((item) => ({
      name: item.name,
      label: item.className === null ? null : labelOf.get(item.className)!,
    }));
  };
  const notes = [...found.notes];
  const pool = found.splits.get('');
  if (pool !== undefined) {
    const held = stratifiedHoldOut(
      pool.map((item) => ({ name: item.key, label: labelOf.get(item.className!)! })),
      options,
    );
    put(
      'train',
      pool.filter((_, i) => !held.has(i)),
    );
    if (held.size > 0) {
      put(
        'test',
        pool.filter((_, i) => held.has(i)),
      );
      const percent = Math.round(options.testFraction * 100);
      notes.push(`The folder has no splits: ${percent} % of each class are held out as "test" (seed ${options.seed}).`);
    } else {
      notes.push('The folder has no splits, and no class has a second image to hold out as "test".');
    }
  } else {
    const rank = { train: 0, validation: 1, test: 2 };
    const order = [...found.splits.keys()].sort((a, b) => {
      const [x, y] = [roleOfSplit(a), roleOfSplit(b)].map((role) => (role === null ? 3 : rank[role]));
      return x! - y! || compareCodePoints(a, b);
    });
    for (const split of order) put(split, found.splits.get(split)!);
  }
  notes.push(...notesOnClasses(splits, classNames));
  return {
    kind: found.kind,
    classNames,
    splits,
    bad: found.bad,
    ignored: [...found.ignored].sort(compareCodePoints),
    notes,
    splitSeed: pool === undefined ? null : options.seed,
    notTrainable: reasonNotTrainable(root, classNames, Object.keys(splits)),
  };
}

/** Null where a data set can be trained on. */
export function reasonNotTrainable(
  root: string,
  classNames: readonly string[],
  splits: readonly string[],
): string | null {
  if (classNames.length === 0) return `The images in ${root} have no labels.`;
  if (classNames.length === 1) return `The data set has a single class, "${classNames[0]!}".`;
  return splits.map(roleOfSplit).includes('train')
    ? null
    : `The data set has no training split: it has ${some(splits)}.`;
}

/** Sorted by code point; those of training where there is a training split, of all splits otherwise. */
function classNamesOf(splits: Found['splits']): string[] {
  const all = [...splits].filter(([, items]) => items.some((item) => item.className !== null));
  const train = all.filter(([name]) => roleOfSplit(name) === 'train');
  const names = new Set<string>();
  for (const [, items] of train.length > 0 ? train : all)
    for (const item of items) if (item.className !== null) names.add(item.className);
  return [...names].sort(compareCodePoints);
}

function refuseStrangers(splits: Found['splits'], classNames: readonly string[]): void {
  const known = new Set(classNames);
  for (const [split, items] of splits) {
    const strangers = [
      ...new Set(items.map((item) => item.className).filter((name) => name !== null && !known.has(name))),
    ] as string[];
    if (strangers.length === 0) continue;
    strangers.sort(compareCodePoints);
    const fold = (name: string) => name.normalize('NFC').toLowerCase();
    const twin = classNames.find((name) => fold(name) === fold(strangers[0]!));
    throw new AppError(
      'bad_dataset',
      `The split "${split}" has ${strangers.length === 1 ? 'a class' : 'classes'} that training hasn't: ${some(strangers)}.`,
      {
        hint:
          twin === undefined
            ? 'Add training images of it, or remove it from the split: no model could be right about it.'
            : `Training has "${twin}", spelled otherwise: rename one of them.`,
        details: { split, classes: strangers },
      },
    );
  }
}

function notesOnClasses(splits: Layout['splits'], classNames: readonly string[]): string[] {
  const notes = noteWithoutImages(splits, classNames);
  const numeric = classNames.length > 1 && classNames.every((name) => /^\d+$/.test(name));
  if (numeric && classNames.some((name, i) => i > 0 && Number(name) < Number(classNames[i - 1]))) {
    notes.push(
      'Class names are numbers, sorted as text as vit_jax does: "10" comes before "2", so a label is not its name.',
    );
  }
  return notes;
}

/** A sentence for each split that misses classes. */
export function noteWithoutImages(splits: Layout['splits'], classNames: readonly string[]): string[] {
  const notes: string[] = [];
  for (const [split, items] of Object.entries(splits)) {
    if (items.every((item) => item.label === null)) continue;
    const seen = new Set(items.map((item) => item.label));
    const without = classNames.filter((_, i) => !seen.has(i));
    if (without.length > 0) notes.push(`"${split}" has no images of ${some(without)}.`);
  }
  return notes;
}
