import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { openPromise } from 'yauzl';
import type { Entry } from 'yauzl';
import { AppError } from '../../../src-shared/errors.ts';
import { isInside } from './manifest.ts';

const MAX_UNPACKED_BYTES = 12e9;
const SYMLINK = 0o120000;

export interface UnpackOptions {
  /** Where an entry goes, relative to the folder; undefined leaves it in the wheel. */
  select(entryName: string): string | undefined;
  signal?: AbortSignal | undefined;
  /** Bytes unpacked so far, and how many in all. */
  onBytes?(done: number, total: number): void;
}

/**
 * Unpacks the selected entries of a wheel (a zip file) below `folder`, streaming, and returns their relative paths.
 * A wheel is not trusted: any entry that would land outside the folder, a symbolic link, or more than 12 GB makes
 * the whole wheel refused before anything is written.
 * @throws AppError `bad_file`, `disk_full`, `interrupted`.
 */
export async function unpackWheel(wheel: string, folder: string, options: UnpackOptions): Promise<string[]> {
  const zip = await openPromise(wheel, { autoClose: false }).catch((error: unknown) => {
    throw badWheel(wheel, error instanceof Error ? error.message : String(error));
  });
  try {
    const chosen: { entry: Entry; path: string }[] = [];
    try {
      for await (const entry of zip.eachEntry()) {
        const path = options.select(entry.fileName);
        if (path === undefined || entry.fileName.endsWith('/')) continue;
        checkEntry(entry, path);
        chosen.push({ entry, path });
      }
    } catch (error) {
      throw badWheel(wheel, error instanceof Error ? error.message : String(error));
    }
    const total = chosen.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
    if (total > MAX_UNPACKED_BYTES) throw badWheel(wheel, `it unpacks to ${total} bytes, more than any TensorFlow`);
    let done = 0;
    for (const { entry, path } of chosen) {
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true });
      let sum = 0;
      const check = new Transform({
        transform(chunk: Buffer, _encoding, next) {
          sum = crc32(chunk, sum);
          options.onBytes?.((done += chunk.length), total);
          next(null, chunk);
        },
        flush: (next) => next(sum === entry.crc32 ? null : new Error('its checksum does not match')),
      });
      try {
        const from = await zip.openReadStreamPromise(entry);
        await pipeline(from, check, createWriteStream(target, { flags: 'wx' }), { signal: options.signal });
      } catch (error) {
        throw unpackFailure(wheel, entry.fileName, error);
      }
    }
    return chosen.map(({ path }) => path);
  } finally {
    zip.close();
  }
}

/** yauzl refuses absolute names and `..` itself; this covers where `select` sends an entry, and links. */
function checkEntry(entry: Entry, path: string): void {
  if (!isInside(entry.fileName) || !isInside(path))
    throw new Error(`"${entry.fileName}" would land outside the folder`);
  if (((entry.externalFileAttributes >>> 16) & 0o170000) === SYMLINK) throw new Error(`"${entry.fileName}" is a link`);
}

function badWheel(wheel: string, why: string): AppError {
  return new AppError('bad_file', `${basename(wheel)} can't be unpacked: ${why}.`, {
    hint: 'Fetch it again: the file is damaged or is not what it says.',
    details: { wheel },
  });
}

function unpackFailure(wheel: string, name: string, error: unknown): AppError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ABORT_ERR') return new AppError('interrupted', 'Unpacking was stopped.');
  if (code === 'ENOSPC') return new AppError('disk_full', `The disk is full while unpacking ${name}.`);
  return badWheel(wheel, `${name}: ${message}`);
}
