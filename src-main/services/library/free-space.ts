import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The part of `fs.statfs` that is needed; tests put their own in its place. */
export type Statfs = (path: string) => Promise<{ bavail: number; bsize: number }>;

/** Bytes that the disk which holds `folder` (which need not exist yet) has left for this user. */
export async function freeSpace(folder: string, ask: Statfs = statfs): Promise<number> {
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  const { bavail, bsize } = await ask(existing);
  return bavail * bsize;
}
