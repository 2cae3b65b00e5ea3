import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackImages } from '../unzip.ts';
import type { SourceOptions } from './source.ts';

/** Raise it when more of an archive is unpacked than before. */
const VERSION = 2;

/**
 * The folder that an archive's images were unpacked into, once: it is used again until the archive changes.
 * @throws AppError as unpackImages does
 */
export async function unpackedOnce(archive: string, { home, signal, onProgress }: SourceOptions): Promise<string> {
  const { size, mtimeMs } = await stat(archive);
  const key = createHash('sha256')
    .update(JSON.stringify([VERSION, archive, size, mtimeMs]))
    .digest('hex')
    .slice(0, 32);
  const folder = join(home, 'cache', 'unpacked', key);
  // It appears as a whole, by rename: where it is, all of it is.
  if (!existsSync(folder))
    await unpackImages(archive, folder, { ...(signal && { signal }), ...(onProgress && { onProgress }) });
  return folder;
}
