import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../../src-shared/errors.ts';

/** Writes a whole file or nothing: temporary name beside it, fsync, rename. Throws disk_full. */
export async function writeWhole(path: string, data: Uint8Array | string): Promise<void> {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(partial, 'wx');
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw diskFull(error, path) ?? error;
  }
}

/** An AppError for a full disk, otherwise undefined. */
export function diskFull(error: unknown, path: string): AppError | undefined {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return undefined;
  return new AppError('disk_full', `The disk is full: ${path} was not written.`, {
    hint: 'Free some space and try again.',
    details: { path },
    cause: error,
  });
}
