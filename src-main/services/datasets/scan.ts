import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { compareCodePoints, type ImageDataset, type ImageItem } from '../../../src-shared/data/dataset.ts';
import { extensionOf, isHiddenSegment, TABLE_EXTENSIONS } from '../../../src-shared/data/file-names.ts';
import { detectLayout } from '../../../src-shared/data/layouts.ts';
import type { LabelTable, Listing } from '../../../src-shared/data/listing.ts';
import { selectItems } from '../../../src-shared/data/splits.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { eachLimited } from './each-limited.ts';
import { readLabelFile } from './label-files.ts';

export interface OpenOptions {
  /** Keep only these images: a split, or a part of one as tfds spells it (`train[:90%]`). */
  split?: string;
  /** Of the train/test split that is made where the folder has none; 0 by default. */
  seed?: number;
  /** Share of each class held out there; 0.2 by default. */
  testFraction?: number;
  /** Read every file for `manifestHash`; otherwise it covers names, sizes and labels. */
  hashContents?: boolean;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/**
 * Reads a folder of images as a data set; decodes nothing (see check.ts). Throws not_found, bad_dataset (what is
 * wrong with the folder, by name), config (not a split) or interrupted.
 */
export async function openDataset(folder: string, options: OpenOptions = {}): Promise<ImageDataset> {
  const root = resolve(folder);
  await refuseNonFolder(root);
  const listing = await listFolder(root, options.signal);
  const layout = detectLayout(listing, options);
  const item = ({ name, label }: { name: string; label: number | null }): ImageItem => ({
    path: join(root, name),
    label,
    name,
  });
  let splits = Object.fromEntries(Object.entries(layout.splits).map(([split, items]) => [split, items.map(item)]));
  const notes = [...layout.notes];
  if (options.split !== undefined) {
    const selected = selectItems({ splits }, options.split);
    splits = { [options.split]: selected.items };
    notes.push(...selected.notes);
  }
  const { classNames, ignored, splitSeed, notTrainable } = layout;
  const bad = layout.bad.map((b) => ({ ...b, path: join(root, b.name) }));
  const manifestHash = await hashManifest({ classNames, splits }, options);
  const contentsHashed = options.hashContents ?? false;
  return {
    root,
    layout: layout.kind,
    classNames,
    splits,
    bad,
    manifestHash,
    contentsHashed,
    ignored,
    notes,
    splitSeed,
    notTrainable,
  };
}

async function refuseNonFolder(root: string): Promise<void> {
  const found = await stat(root).catch(() => null);
  if (found === null) {
    throw new AppError('not_found', `There is no folder ${root}.`, { hint: 'Check the path.', details: { root } });
  }
  if (found.isDirectory()) return;
  const kind = extensionOf(root);
  const hint =
    kind === 'zip'
      ? 'Unpack it first.'
      : TABLE_EXTENSIONS.has(kind)
        ? 'Give the folder that it lies in.'
        : 'Give the folder that holds the images.';
  throw new AppError('bad_dataset', `${root} is a file, not a folder of images.`, { hint, details: { root } });
}

/** Links to folders followed one below another; more is a maze. */
const MAX_LINKS = 2;
const MAX_DEPTH = 40;

/** Everything below a folder. Links are followed, loops are not; hidden and system files are left out. */
export async function listFolder(root: string, signal?: AbortSignal): Promise<Listing> {
  const files: string[] = [];
  const directories: string[] = [];
  const visit = async (name: string, chain: readonly string[], links: number): Promise<void> => {
    if (signal?.aborted) throw new AppError('interrupted', 'Reading the data set was interrupted.');
    const entries = await readdir(join(root, name), { withFileTypes: true }).catch((error: unknown) => {
      throw new AppError('bad_dataset', `The folder ${join(root, name)} can't be read.`, {
        hint: 'Check its permissions.',
        cause: error,
      });
    });
    for (const entry of entries) {
      if (isHiddenSegment(entry.name)) continue;
      const child = name === '' ? entry.name : `${name}/${entry.name}`;
      const isLink = entry.isSymbolicLink();
      const isFolder =
        entry.isDirectory() || (isLink && (await stat(join(root, child)).catch(() => null))?.isDirectory() === true);
      if (!isFolder) {
        // A broken link stays a file: the check says that it can't be read.
        if (entry.isFile() || isLink) files.push(child);
        continue;
      }
      const real = await realpath(join(root, child));
      if (chain.includes(real) || links + Number(isLink) > MAX_LINKS || chain.length > MAX_DEPTH) continue;
      directories.push(child);
      await visit(child, [...chain, real], links + Number(isLink));
    }
  };
  await visit('', [await realpath(root)], 0);
  return { root, files, directories, tables: await readTables(root, files) };
}

/** Labels files at the root, in its folders, and one deeper (an archive's wrapping folder). */
async function readTables(root: string, files: readonly string[]): Promise<LabelTable[]> {
  const names = files.filter((name) => TABLE_EXTENSIONS.has(extensionOf(name)) && name.split('/').length <= 3);
  const tables: LabelTable[] = [];
  for (const name of names.sort(compareCodePoints)) tables.push(await readLabelFile(root, name));
  return tables;
}

async function hashManifest(
  dataset: Pick<ImageDataset, 'classNames' | 'splits'>,
  options: OpenOptions,
): Promise<string> {
  const rows = Object.entries(dataset.splits).flatMap(([split, items]) =>
    items.map((item) => ({ split, item, size: -1, sha256: '' })),
  );
  await eachLimited(
    rows,
    async (row) => {
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
