import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Fail } from '../../src-shared/checkpoints/checkpoint-error.ts';
import type { RandomAccess } from '../../src-shared/checkpoints/random-access.ts';
import { AppError } from '../../src-shared/errors.ts';

/** Looks at bytes that were read; never throws. */
export type Watch = (bytes: Uint8Array) => void;

/** Bytes a system call. */
const PIECE = 1 << 20;

/** An open file, read at any place, also straight into memory that exists already. Whoever opens it closes it. */
export interface FileAccess extends RandomAccess {
  readonly path: string;
  read(offset: number, length: number): Promise<Uint8Array>;
  /**
   * Fills `target` from `offset`. Throws what `fail` makes when the file ends before.
   * @param watch sees the bytes in order, a piece at a time, while the next piece is on its way
   */
  readInto(target: Uint8Array, offset: number, watch?: Watch): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param fail makes the error for a file that is shorter than it was when opened
 * @throws AppError not_found, bad_file (a folder, no permission)
 */
export async function openFile(path: string, fail: Fail): Promise<FileAccess> {
  const handle = await openHandle(path);
  let size: number;
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) {
      throw new AppError('bad_file', `${path} is ${stat.isDirectory() ? 'a folder' : 'not a regular file'}.`, {
        details: { file: path },
      });
    }
    size = stat.size;
  } catch (error) {
    await handle.close();
    throw error;
  }

  async function readPiece(target: Uint8Array, offset: number): Promise<void> {
    let done = 0;
    while (done < target.byteLength) {
      const { bytesRead } = await handle.read(target, done, target.byteLength - done, offset + done);
      if (bytesRead === 0) throw fail('it ends before its data do: it is truncated.');
      done += bytesRead;
    }
  }

  async function readInto(target: Uint8Array, offset: number, watch?: Watch): Promise<void> {
    if (!watch) return readPiece(target, offset);
    // Reading is done by another thread: it goes on while this one looks at what came.
    let next = readPiece(target.subarray(0, PIECE), offset);
    for (let at = 0; at < target.byteLength; at += PIECE) {
      await next;
      const end = at + PIECE;
      if (end < target.byteLength) next = readPiece(target.subarray(end, end + PIECE), offset + end);
      watch(target.subarray(at, end));
    }
  }

  return {
    path,
    size,
    readInto,
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size)
        throw fail('it ends before its data do: it is truncated.');
      const bytes = new Uint8Array(length);
      await readInto(bytes, offset);
      return bytes;
    },
    close: () => handle.close(),
  };
}

async function openHandle(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const options = { cause, details: { file: path } };
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new AppError('not_found', `There is no file ${path}.`, options);
    throw new AppError('bad_file', `${path} can't be opened (${code ?? String(cause)}).`, options);
  }
}
