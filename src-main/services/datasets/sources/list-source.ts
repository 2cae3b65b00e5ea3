import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { extensionOf, isHiddenSegment, TABLE_EXTENSIONS } from '../../../../src-shared/data/file-names.ts';
import { detectLayout } from '../../../../src-shared/data/layouts.ts';
import type { Listing } from '../../../../src-shared/data/listing.ts';
import type { Listed } from '../../../../src-shared/data/records.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { findIndex, readIndex } from '../named/index-file.ts';
import { namedFolder } from '../named/named-folder.ts';
import { listFolder } from '../list-folder.ts';
import { findCifar, readCifar } from './cifar.ts';
import { findParquet, readParquet } from './parquet.ts';
import type { SourceOptions } from './source.ts';
import { listTable } from './table-file.ts';
import { readTfds } from './tfds.ts';
import { findTfds } from './tfds-info.ts';
import { unpackedOnce } from './zip-source.ts';

export interface ListOptions extends Partial<SourceOptions> {
  /** Of the train/test split that is made where the folder has none. */
  seed?: number;
  testFraction?: number;
}

/** How a folder is recognised as something else than images in folders, and how it is read; the first that fits. */
const FORMATS = [
  { find: findIndex, read: readIndex },
  { find: (root: string) => findTfds(root), read: readTfds },
  { find: findCifar, read: readCifar },
  { find: findParquet, read: readParquet },
] as const;

/** An archive often wraps everything in a folder, or in a few, one in another: so many are looked into. */
const MAX_WRAPPERS = 3;

/** What is where, whatever it is that was given: see openDataset. */
export async function listSource(given: string, options: ListOptions): Promise<Listed> {
  const path = options.home === undefined ? resolve(given) : await namedFolder(given, options.home);
  const found = await stat(path).catch(() => null);
  if (found === null)
    throw new AppError('not_found', `There is no folder ${path}.`, {
      hint: 'Check the path.',
      details: { root: path },
    });
  if (found.isFile()) return listFile(path, options);
  for (let folder: string | null = path, deep = 0; folder !== null && deep <= MAX_WRAPPERS; deep++) {
    for (const { find, read } of FORMATS) {
      const root = await find(folder);
      if (root !== null) return read(root, withHome(root, options));
    }
    folder = await onlyFolderIn(folder);
  }
  return asListed(await listFolder(path, options.signal), options);
}

/** The one folder that holds everything in this one; null where it holds more, or files. */
async function onlyFolderIn(folder: string): Promise<string | null> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !isHiddenSegment(name));
  return entries.length === 1 && entries[0]!.isDirectory() ? join(folder, entries[0]!.name) : null;
}

async function listFile(path: string, options: ListOptions): Promise<Listed> {
  const kind = extensionOf(path);
  if (kind === 'zip') return listSource(await unpackedOnce(path, withHome(path, options)), options);
  if (kind === 'parquet') return readParquet(path, withHome(path, options));
  if (TABLE_EXTENSIONS.has(kind)) return asListed(await listTable(path), options);
  throw new AppError('bad_dataset', `${path} is a file, not a folder of images.`, {
    hint: 'Give the folder that holds the images, a zip archive of it, or a labels file (.csv, .tsv, .jsonl).',
    details: { root: path },
  });
}

function asListed(listing: Listing, options: ListOptions): Listed {
  const { root } = listing;
  const { kind, splits, bad, ...layout } = detectLayout(listing, options);
  const items = Object.entries(splits).map(
    ([split, found]) => [split, found.map(({ name, label }) => ({ path: join(root, name), label, name }))] as const,
  );
  return {
    root,
    layout: kind,
    ...layout,
    splits: Object.fromEntries(items),
    bad: bad.map((b) => ({ ...b, path: join(root, b.name) })),
  };
}

function withHome(path: string, { home, signal, onProgress }: ListOptions): SourceOptions {
  if (home === undefined)
    throw new AppError('internal', `${path} is no plain folder, and no place was given to keep what it holds.`);
  return { home, signal, onProgress };
}
