import { existsSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../../src-shared/errors.ts';

/**
 * Gives finished files their place, the last of them last: where that is, all are. Nothing is replaced.
 * @param files in a folder on the same disk
 * @param target of the last file; the others go beside it
 * @throws AppError conflict
 */
export async function placeFiles(files: readonly string[], target: string): Promise<void> {
  const folder = dirname(target);
  await mkdir(folder, { recursive: true });
  if (existsSync(target)) {
    throw new AppError('conflict', `${target} has come to be there meanwhile.`, {
      hint: 'Move it away, then resume.',
      details: { path: target },
    });
  }
  for (const file of files.slice(0, -1)) {
    const place = join(folder, basename(file));
    if (!existsSync(place)) await rename(file, place);
  }
  await rename(files.at(-1)!, target);
  await syncFolder(folder);
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
