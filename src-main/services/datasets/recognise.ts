import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import type { DatasetLook } from '../../../src-shared/contract/datasets.ts';
import {
  extensionOf,
  isDataName,
  isHiddenPath,
  isImageName,
  TABLE_EXTENSIONS,
} from '../../../src-shared/data/file-names.ts';
import { detectLayout } from '../../../src-shared/data/layouts.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { readLabelFile } from './label-files.ts';
import { listSource } from './sources/list-source.ts';

export interface RecogniseOptions {
  name: string;
  /** Where Vitrine keeps what it needs for a moment. */
  home: string;
  signal: AbortSignal;
}

/** Class names that are told. */
const MOST_NAMES = 24;
/** Larger labels files of an archive are read when it is unpacked. */
const MOST_TABLE_BYTES = 64 * 2 ** 20;

/** What a folder or a file would be as a data set: its listing, without a look into the images. */
export async function recogniseFolder(path: string, { name, home, signal }: RecogniseOptions): Promise<DatasetLook> {
  const listed = await listSource(path, { home, signal });
  const splits = Object.entries(listed.splits).map(([split, items]) => ({ name: split, images: items.length }));
  return { ...tell(name, listed), layout: listed.layout, splits, bad: listed.bad.length };
}

/**
 * What an archive would be, by the names in its directory: nothing but labels files is unpacked.
 * @throws AppError bad_file for what is no zip archive; bad_dataset
 */
export async function recogniseArchive(
  archive: string,
  { name, home, signal }: RecogniseOptions,
): Promise<DatasetLook> {
  const zip = await openPromise(archive, { lazyEntries: true, autoClose: false }).catch((cause: unknown) => {
    throw new AppError('bad_file', `“${name}” is no zip archive, or it is damaged.`, {
      hint: 'Give a .zip of a folder of images, or the folder itself.',
      cause,
    });
  });
  const scratch = join(home, 'cache', `look-${randomUUID()}`);
  try {
    const entries = await entriesOf(zip, signal);
    const files = entries.map(({ fileName }) => fileName);
    const packed = files.filter((file) => isDataName(file) && !isImageName(file) && !isTable(file));
    if (packed.length > 0) return packedArchive(name, files.length);
    const tables = [];
    for (const entry of entries.filter(isSmallTable)) {
      await unpackOne(zip, entry, scratch);
      tables.push(await readLabelFile(scratch, entry.fileName));
    }
    const folders = new Set(files.flatMap(foldersAbove));
    const layout = detectLayout({ root: name, files, directories: [...folders], tables });
    const splits = Object.entries(layout.splits).map(([split, items]) => ({ name: split, images: items.length }));
    return { ...tell(name, layout), layout: layout.kind, splits, bad: layout.bad.length };
  } finally {
    zip.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

type Told = Pick<Awaited<ReturnType<typeof listSource>>, 'classNames' | 'notes' | 'notTrainable' | 'ignored'> & {
  splits: Record<string, readonly object[]>;
};

function tell(name: string, { classNames, notes, notTrainable, ignored, splits }: Told) {
  return {
    name,
    images: Object.values(splits).reduce((sum, items) => sum + items.length, 0),
    classes: classNames.length,
    classNames: classNames.slice(0, MOST_NAMES),
    ignored: ignored.length,
    notes: [...notes],
    notTrainable,
  };
}

function packedArchive(name: string, files: number): DatasetLook {
  return {
    ...{ name, layout: null, images: 0, classes: 0, classNames: [], splits: [], bad: 0, ignored: 0 },
    notes: [`Its ${files.toLocaleString('en-US')} files hold images in larger files: they are counted once unpacked.`],
    notTrainable: null,
  };
}

async function entriesOf(zip: ZipFile, signal: AbortSignal): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) {
    if (signal.aborted) throw new AppError('interrupted', 'Looking into the archive was interrupted.');
    if (!entry.fileName.endsWith('/') && !isHiddenPath(entry.fileName)) entries.push(entry);
  }
  return entries;
}

function isTable(name: string): boolean {
  return TABLE_EXTENSIONS.has(extensionOf(name));
}

/** As they are looked for in folders: at the top, in a folder, or one deeper. */
function isSmallTable({ fileName, uncompressedSize }: Entry): boolean {
  return isTable(fileName) && uncompressedSize <= MOST_TABLE_BYTES && fileName.split('/').length <= 3;
}

function foldersAbove(file: string): string[] {
  const parts = file.split('/').slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}

/** Names were checked by yauzl: relative, no '..'. */
async function unpackOne(zip: ZipFile, entry: Entry, folder: string): Promise<void> {
  const path = join(folder, entry.fileName);
  await mkdir(dirname(path), { recursive: true });
  await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path));
}
