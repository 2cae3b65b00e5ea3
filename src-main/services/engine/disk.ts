import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../../src-shared/errors.ts';

/** The part of `fs.statfs` that is needed; tests put their own in its place. */
export type Statfs = (path: string) => Promise<{ bavail: number; bsize: number }>;

/**
 * Refuses when the disk that holds `folder` (which need not exist yet) has less than `bytes` free.
 * @throws AppError `disk_full`
 */
export async function requireSpace(folder: string, bytes: number, ask: Statfs = statfs): Promise<void> {
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  const { bavail, bsize } = await ask(existing);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new AppError('disk_full', `${gigabytes(bytes)} are needed in ${folder}, and ${gigabytes(free)} are free.`, {
    hint: 'Free some space, or choose another disk with VITRINE_HOME.',
    details: { folder, needed: bytes, free },
  });
}

export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
