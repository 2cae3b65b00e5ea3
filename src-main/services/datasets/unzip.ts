import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { isDataName, isHiddenPath, plural } from '../../../src-shared/data/file-names.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { diskFull } from './write-file.ts';

export interface UnpackOptions {
  /** Most files that are unpacked; 2 million by default. */
  maxFiles?: number;
  /** Most bytes of one file, 2 GiB by default, and of all, 500 GB by default. */
  maxFileBytes?: number;
  maxTotalBytes?: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

export interface Unpacked {
  /** Images and other files of data sets written. */
  files: number;
  bytes: number;
  /** Members of other kinds, left out. */
  skipped: number;
}

const DEFAULTS = { maxFiles: 2_000_000, maxFileBytes: 2 ** 31, maxTotalBytes: 500e9 };
/** Unix file type bits of an entry's external attributes. */
const TYPE_MASK = 0o170000;
const SYMLINK = 0o120000;

/**
 * Unpacks what a data set may be made of (images, labels files, what tfds, CIFAR and Parquet hold images in) from a zip
 * archive into the new folder `folder`, all or nothing: it appears, by rename, when everything is written and its
 * checksums are right. Throws not_found, bad_file (damaged or hostile:
 * paths that lead out, links, more than the limits), conflict (`folder` exists and is not empty), disk_full,
 * interrupted.
 */
export async function unpackImages(archive: string, folder: string, options: UnpackOptions = {}): Promise<Unpacked> {
  const target = resolve(folder);
  await refuseExisting(target);
  const zip = await openArchive(archive);
  const partial = join(dirname(target), `.${randomUUID()}.partial`);
  try {
    await mkdir(partial, { recursive: true });
    const unpacked = await writeEntries(zip, partial, { ...DEFAULTS, ...options, archive });
    if (unpacked.files === 0) throw refused(archive, 'it holds no images');
    await rmdir(target).catch(() => undefined); // an empty folder of that name makes way
    await rename(partial, target);
    return unpacked;
  } catch (error) {
    throw error instanceof AppError ? error : (diskFull(error, target) ?? refused(archive, messageOf(error), error));
  } finally {
    zip.close();
    await rm(partial, { recursive: true, force: true });
  }
}

async function refuseExisting(target: string): Promise<void> {
  const there = await readdir(target).catch((error: unknown) =>
    (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : ['?'],
  );
  if (there.length === 0) return;
  throw new AppError('conflict', `${target} exists and is not empty.`, {
    hint: 'Give a new folder, or remove this one.',
    details: { folder: target },
  });
}

async function openArchive(archive: string): Promise<ZipFile> {
  try {
    return await openPromise(archive, {
      lazyEntries: true,
      autoClose: false,
      strictFileNames: true,
      validateEntrySizes: true,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new AppError('not_found', `There is no file ${archive}.`, { cause: error });
    throw refused(archive, messageOf(error), error);
  }
}

async function writeEntries(
  zip: ZipFile,
  partial: string,
  options: UnpackOptions & typeof DEFAULTS & { archive: string },
): Promise<Unpacked> {
  const unpacked: Unpacked = { files: 0, bytes: 0, skipped: 0 };
  let seen = 0;
  for await (const entry of zip.eachEntry()) {
    if (options.signal?.aborted) throw new AppError('interrupted', `Unpacking ${options.archive} was interrupted.`);
    options.onProgress?.(++seen, zip.entryCount);
    if (!isWanted(entry, options.archive)) {
      if (!entry.fileName.endsWith('/') && !isHiddenPath(entry.fileName)) unpacked.skipped++;
      continue;
    }
    unpacked.files++;
    unpacked.bytes += entry.uncompressedSize;
    if (unpacked.files > options.maxFiles)
      throw refused(options.archive, `it holds more than ${plural(options.maxFiles, 'file')}`);
    if (entry.uncompressedSize > options.maxFileBytes)
      throw refused(options.archive, `"${entry.fileName}" unpacks to ${plural(entry.uncompressedSize, 'byte')}`);
    if (unpacked.bytes > options.maxTotalBytes)
      throw refused(options.archive, `it unpacks to more than ${plural(options.maxTotalBytes, 'byte')}`);
    await writeEntry(zip, entry, join(partial, entry.fileName));
  }
  return unpacked;
}

/** Names were checked by yauzl: relative, '/' only, no '..'. */
function isWanted(entry: Entry, archive: string): boolean {
  const name = entry.fileName;
  if (name.endsWith('/') || isHiddenPath(name)) return false;
  if (((entry.externalFileAttributes >>> 16) & TYPE_MASK) === SYMLINK) throw refused(archive, `"${name}" is a link`);
  return isDataName(name);
}

async function writeEntry(zip: ZipFile, entry: Entry, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  let sum = 0;
  const checksum = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum = crc32(chunk, sum);
      done(null, chunk);
    },
  });
  // 'wx': a name that comes twice is an error, not the later file.
  await pipeline(await zip.openReadStreamPromise(entry), checksum, createWriteStream(path, { flags: 'wx' }));
  if (sum !== entry.crc32) throw new Error(`the checksum of "${entry.fileName}" is wrong`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function refused(archive: string, reason: string, cause?: unknown): AppError {
  return new AppError('bad_file', `The archive ${archive} can't be unpacked: ${reason}.`, {
    hint: 'Nothing was written. Make or fetch the archive again.',
    details: { archive, reason },
    cause,
  });
}
