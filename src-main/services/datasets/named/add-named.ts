import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { NAMED, type DatasetName, type NamedFile } from '../../../../src-shared/data/named.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { hashFile } from '../scan.ts';
import { untar } from '../untar.ts';
import { IMPORTERS } from './importers.ts';
import { writeIndex } from './index-file.ts';

/** Brings a published file to a path, going on where it stood. @throws AppError as downloads do */
export type FetchArchive = (
  file: NamedFile,
  path: string,
  options: { signal: AbortSignal; onProgress: (done: number, total: number) => void },
) => Promise<void>;

export interface AddNamedOptions {
  /** The library's folder of data sets. */
  folder: string;
  /** A folder with the published archives, or the one archive; null: they are fetched. */
  from: string | null;
  fetch: FetchArchive;
  signal: AbortSignal;
  onProgress: (phase: string, done: number, total: number) => void;
  /** For tests: small archives of the same layout. */
  files?: readonly NamedFile[];
}

/** An archive of photographs unpacks to about its own size; CIFAR's to a little more. */
const MOST_TIMES = 4;
const LITTLE_BYTES = 16 << 20;

/**
 * Fetches a data set by name (or takes it from files that are here), holds every file against its published sum,
 * unpacks it and reads what its authors say of the images. All or nothing: the folder appears by rename.
 * @throws AppError network, offline, bad_file (a wrong sum, a hostile archive), bad_dataset, disk_full, interrupted
 */
export async function addNamed(name: DatasetName, options: AddNamedOptions): Promise<string> {
  const target = join(options.folder, name);
  if (existsSync(target)) return target;
  const files: readonly NamedFile[] = options.files ?? NAMED[name].files;
  const parts = join(options.folder, '.downloads', name);
  const partial = join(options.folder, `.${name}.partial`);
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  try {
    for (const file of files) {
      const path = options.from === null ? join(parts, basename(file.url)) : await fileHere(options.from, file);
      const { signal, onProgress } = options;
      if (options.from === null) {
        await mkdir(parts, { recursive: true });
        await options.fetch(file, path, { signal, onProgress: (done, total) => onProgress('download', done, total) });
      }
      onProgress('verify', 0, 1);
      await refuseOther(path, file);
      onProgress('unpack', 0, 1);
      if (/\.(tar|tgz|tar\.gz)$/.test(path))
        await untar(path, partial, { maxTotalBytes: MOST_TIMES * file.size + LITTLE_BYTES, signal });
      else await copyFile(path, join(partial, basename(file.url)));
    }
    const index = await IMPORTERS[name](partial);
    if (index !== null) await writeIndex(partial, index);
    await rename(partial, target);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  await rm(parts, { recursive: true, force: true });
  return target;
}

async function fileHere(from: string, { url }: NamedFile): Promise<string> {
  const found = await stat(from).catch(() => null);
  const path =
    found?.isFile() && basename(from) === basename(url)
      ? from
      : join(found?.isFile() ? dirname(from) : from, basename(url));
  if (existsSync(path)) return path;
  throw new AppError('not_found', `There is no ${basename(url)} in ${from}.`, {
    hint: `It is published at ${url}.`,
    details: { from, url },
  });
}

/** Whatever brought the file: nothing is unpacked that isn't what was published. */
async function refuseOther(path: string, { sha256, size }: NamedFile): Promise<void> {
  const found = await stat(path);
  const sum = found.size === size ? await hashFile(path) : null;
  if (sum === sha256) return;
  const why =
    sum === null
      ? `it has ${found.size} bytes, and ${size} are published`
      : `its SHA-256 is ${sum}, and ${sha256} is published`;
  throw new AppError('bad_file', `${path} is not the published file: ${why}.`, {
    hint: 'Fetch it again. Nothing was unpacked.',
    details: { path, sha256: sum, expected: sha256 },
  });
}
