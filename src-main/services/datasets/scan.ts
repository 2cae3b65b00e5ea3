import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { compareCodePoints, type ImageDataset } from '../../../src-shared/data/dataset.ts';
import { applyEdits } from '../../../src-shared/data/edits.ts';
import { packedPlace } from '../../../src-shared/data/packed-path.ts';
import { selectItems } from '../../../src-shared/data/splits.ts';
import { eachLimited } from './each-limited.ts';
import { readEdits } from './edits/edits-file.ts';
import { listSource } from './sources/list-source.ts';

export interface OpenOptions {
  /** Keep only these images: a split, or a part of one as tfds spells it (`train[:90%]`). */
  split?: string;
  /** Of the train/test split that is made where the folder has none; 0 by default. */
  seed?: number;
  /** Share of each class held out there; 0.2 by default. */
  testFraction?: number;
  /** Read every file for `manifestHash`; otherwise it covers names, sizes and labels. */
  hashContents?: boolean;
  /** Where Vitrine keeps what it needs between runs; without it only folders and labels files can be read. */
  home?: string;
  /** As the folder says, without what was changed in Vitrine (see edits/). */
  unedited?: boolean;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/**
 * Reads a data set: a folder of images, an archive of one, a labels file, a directory that tfds has prepared, CIFAR's
 * binary batches, Parquet files, or one of the library by its name. Decodes nothing (see check.ts). Throws not_found,
 * bad_dataset (what is wrong with it, by name), bad_file, config (not a split), disk_full or interrupted.
 */
export async function openDataset(given: string, options: OpenOptions = {}): Promise<ImageDataset> {
  const { home, unedited = false } = options;
  const found = await listSource(given, options);
  const listed = home === undefined || unedited ? found : applyEdits(found, await readEdits(home, found.root));
  let { splits, notes } = listed;
  if (options.split !== undefined) {
    const selected = selectItems(listed, options.split);
    splits = { [options.split]: selected.items };
    notes = [...notes, ...selected.notes];
  }
  const { classNames } = listed;
  const manifestHash = await hashManifest({ classNames, splits }, options);
  return { ...listed, splits, notes, manifestHash, contentsHashed: options.hashContents ?? false };
}

/** SHA-256 over class names and every image's name, split, label and size. */
export async function hashManifest(
  dataset: Pick<ImageDataset, 'classNames' | 'splits'>,
  options: Pick<OpenOptions, 'hashContents' | 'signal' | 'onProgress'>,
): Promise<string> {
  const rows = Object.entries(dataset.splits).flatMap(([split, items]) =>
    items.map((item) => ({ split, item, size: -1, sha256: '' })),
  );
  // A file that holds many images is read once.
  const packs = new Map<string, Promise<string>>();
  const hashPack = (file: string): Promise<string> => {
    const known = packs.get(file) ?? hashFile(file);
    packs.set(file, known);
    return known;
  };
  await eachLimited(
    rows,
    async (row) => {
      const place = packedPlace(row.item.path);
      if (place !== null) {
        row.size = place.length;
        if (options.hashContents) row.sha256 = `${await hashPack(place.file)}+${place.offset}`;
        return;
      }
      row.size = (await stat(row.item.path).catch(() => null))?.size ?? -1;
      if (options.hashContents && row.size >= 0) row.sha256 = await hashFile(row.item.path);
    },
    { limit: options.hashContents ? 4 : 32, signal: options.signal, onProgress: options.onProgress },
  );
  rows.sort((a, b) => compareCodePoints(a.item.name, b.item.name) || compareCodePoints(a.split, b.split));
  const hash = createHash('sha256').update(`${JSON.stringify(dataset.classNames)}\n`);
  for (const { split, item, size, sha256 } of rows)
    hash.update(`${JSON.stringify([item.name, split, item.label, size, sha256])}\n`);
  return hash.digest('hex');
}

/** SHA-256 of a file's content, hex, streamed. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
