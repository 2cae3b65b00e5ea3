import {
  countItems,
  type BadImage,
  type DecodableItem,
  type ImageDataset,
  type ImageItem,
} from '../../../src-shared/data/dataset.ts';
import { plural, some } from '../../../src-shared/data/file-names.ts';
import { overlapError } from '../../../src-shared/data/split-overlap.ts';
import { selectItems } from '../../../src-shared/data/splits.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { badImagesError, inspectImages, vouchedFor } from './check.ts';
import { importImages, type ExifPolicy } from './import-cache.ts';
import { openDataset } from './scan.ts';

export interface PrepareOptions {
  /** Where Vitrine keeps what it needs between runs. */
  home: string;
  /** The splits that will be read, as tfds spells them: `train[:98%]`, `test`. Only their images are checked. */
  splits: readonly string[];
  exif: ExifPolicy;
  /** Leave bad images out instead of failing. */
  skipBad?: boolean;
  /**
   * The images of the first split will be trained on, and those of the others tested on: refuses a data set with one
   * class, without labels or without a training split, and an image that is in both.
   */
  training?: boolean;
  /** What an image in both is: `refuse` (default), or for a run that has begun so, `note`. */
  overlap?: 'refuse' | 'note';
  /** Of the train/test split that is made where the folder has none. */
  seed?: number;
  hashContents?: boolean;
  signal?: AbortSignal;
  onProgress?: (phase: 'list' | 'check' | 'import', done: number, total: number) => void;
}

export interface PreparedDataset {
  dataset: ImageDataset;
  /** By split as asked for; without the bad ones. */
  selections: Record<string, DecodableItem[]>;
  /** Left out: files or rows. */
  bad: BadImage[];
  /** Images whose EXIF orientation is not 1. */
  rotated: number;
  notes: string[];
}

/**
 * Everything a run needs before its first step: opens a folder, checks the images it will read, and makes copies of
 * those that TensorFlow doesn't decode. Throws what `openDataset` throws, and bad_dataset for bad images without
 * `skipBad`.
 */
export async function prepareDataset(folder: string, options: PrepareOptions): Promise<PreparedDataset> {
  const { home, signal, seed, hashContents } = options;
  const progress = (phase: 'list' | 'check' | 'import') => (done: number, total: number) =>
    options.onProgress?.(phase, done, total);
  const dataset = await openDataset(folder, { seed, hashContents, home, signal, onProgress: progress('list') });
  if (options.training && dataset.notTrainable !== null) {
    throw new AppError('bad_dataset', dataset.notTrainable, {
      hint: 'Training needs two classes or more: one folder a class (train/cat/1.jpg, train/dog/1.jpg), or a labels file.',
      details: { root: dataset.root },
    });
  }
  const notes = [...dataset.notes];
  const chosen = new Map<string, ImageItem[]>();
  for (const split of options.splits) {
    const selected = selectItems(dataset, split);
    chosen.set(split, selected.items);
    notes.push(...selected.notes.filter((note) => !notes.includes(note)));
  }
  if (options.training) notes.push(...notesOnOverlap(dataset, { ...options, chosen }));
  const all = [...new Set([...chosen.values()].flat())];
  const report = dataset.alike
    ? vouchedFor(all, dataset.alike)
    : await inspectImages(all, { home, signal, onProgress: progress('check') });
  const bad = [...dataset.bad, ...report.bad];
  if (bad.length > 0 && !options.skipBad)
    throw badImagesError(dataset.root, bad, countItems(dataset) + dataset.bad.length);
  notes.push(...report.notes);
  if (bad.length > 0)
    notes.push(
      `${plural(bad.length, 'bad image')} left out: ${some(
        bad.map((b) => b.name),
        3,
      )}.`,
    );
  if (report.rotated > 0) notes.push(noteOnExif(report.rotated, options.exif));
  const good = all.filter((item) => report.facts.has(item.path));
  const decodePaths = await importImages(good, {
    home,
    exif: options.exif,
    facts: report.facts,
    signal,
    onProgress: progress('import'),
  });
  const selections: PreparedDataset['selections'] = {};
  for (const [split, items] of chosen) {
    selections[split] = items.flatMap((item) => {
      const decodePath = report.facts.has(item.path) ? decodePaths.get(item.path) : undefined;
      return decodePath === undefined ? [] : [{ ...item, decodePath }];
    });
    if (selections[split].length === 0) throw badImagesError(dataset.root, bad, items.length);
  }
  return { dataset, selections, bad, rotated: report.rotated, notes };
}

/** @throws AppError bad_dataset where images to train on are to be tested on, and it isn't to be noted only */
function notesOnOverlap(
  dataset: ImageDataset,
  { splits, chosen, overlap }: Pick<PrepareOptions, 'splits' | 'overlap'> & { chosen: Map<string, ImageItem[]> },
): string[] {
  const [train, ...tests] = splits.map((expression) => ({ expression, items: chosen.get(expression)! }));
  const errors = tests.map((test) => overlapError(dataset, { train: train!, test })).filter((error) => error !== null);
  if (errors.length > 0 && overlap !== 'note') throw errors[0]!;
  return errors.map(({ message }) => message);
}

/** What happens to images that the camera held turned. */
export function noteOnExif(rotated: number, exif: ExifPolicy): string {
  return exif === 'exif'
    ? `${plural(rotated, 'image')} turned as the EXIF orientation says.`
    : `${plural(rotated, 'image')} with an EXIF orientation: read as stored, as vit_jax does.`;
}
