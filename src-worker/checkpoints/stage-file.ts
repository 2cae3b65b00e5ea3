import { createHash, randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../src-shared/errors.ts';

/** Where a file's bytes go, in order. */
export interface ByteSink {
  /** Bytes written so far. */
  readonly position: number;
  write(bytes: Uint8Array): Promise<void>;
}

/** A file that is complete and on the disk under a temporary name beside its own. */
export interface StagedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Of the content, lower-case hexadecimal. */
  readonly sha256: string;
  /** Gives it its name, replacing what had it, and makes that last. */
  commit(): Promise<void>;
  /** Removes it. */
  discard(): Promise<void>;
}

/** Bytes a call of write; the system takes less than 2 GiB at once. */
const WRITE_CHUNK = 16 << 20;

/**
 * Writes a file under a temporary name and fsyncs it, so that its own name never stands on half a file. A failure
 * leaves nothing behind.
 * @throws AppError disk_full, not_found (no such folder), bad_file (no permission); whatever `produce` throws
 */
export async function stageFile(path: string, produce: (sink: ByteSink) => Promise<void>): Promise<StagedFile> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
  try {
    const { size, sha256 } = await writeThrough(temporary, produce);
    return {
      path,
      size,
      sha256,
      async commit() {
        try {
          await rename(temporary, path);
        } catch (error) {
          await removeQuietly(temporary);
          throw writeError(error, path);
        }
        await syncFolder(dirname(path));
      },
      discard: () => removeQuietly(temporary),
    };
  } catch (error) {
    await removeQuietly(temporary);
    throw writeError(error, path);
  }
}

/** Never hides the error that is under way. */
async function removeQuietly(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

/** Writes a file whole or not at all. */
export async function writeFileAtomically(
  path: string,
  produce: (sink: ByteSink) => Promise<void>,
): Promise<{ size: number; sha256: string }> {
  const staged = await stageFile(path, produce);
  await staged.commit();
  return { size: staged.size, sha256: staged.sha256 };
}

async function writeThrough(
  temporary: string,
  produce: (sink: ByteSink) => Promise<void>,
): Promise<{ size: number; sha256: string }> {
  const handle = await open(temporary, 'wx');
  const hash = createHash('sha256');
  let position = 0;
  try {
    await produce({
      get position() {
        return position;
      },
      async write(bytes) {
        for (let at = 0; at < bytes.byteLength; at += WRITE_CHUNK) {
          const part = bytes.subarray(at, at + WRITE_CHUNK);
          await writeAll(handle, part);
          hash.update(part);
          position += part.byteLength;
        }
      },
    });
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { size: position, sha256: hash.digest('hex') };
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.byteLength - done);
    done += bytesWritten;
  }
}

/** A rename lasts once its folder is on the disk. Windows can't sync folders and doesn't need to. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What a failure of the file system means for the person whose `path` wasn't written; other errors as they are. */
export function writeError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (error instanceof AppError || code === undefined) return error;
  const options = { cause: error, details: { file: path } };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('disk_full', `The disk is full: ${path} was not written.`, {
      ...options,
      hint: 'Free some space and run the same command again.',
    });
  }
  if (code === 'EFBIG') {
    return new AppError('disk_full', `${path} was not written: it is larger than the disk or the system allows.`, {
      ...options,
      hint: 'Choose another disk, or raise the limit (ulimit -f) and run the same command again.',
    });
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new AppError('not_found', `${path} can't be written: there is no folder ${dirname(path)}.`, options);
  }
  if (/^E[A-Z0-9]+$/.test(code)) return new AppError('bad_file', `${path} can't be written (${code}).`, options);
  return error;
}
