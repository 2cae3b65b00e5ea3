import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import { AppError } from '../../src-shared/errors.ts';
import { PHOTOS } from '../../src-shared/fingerprint/photos.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { loadBatch } from '../data/sharp-loader.ts';
import { resource } from '../resources.ts';

/** The paths of the fingerprint's photographs. @throws AppError bad_file where one is not the one it should be */
export async function photoPaths(): Promise<string[]> {
  return Promise.all(
    PHOTOS.map(async ({ file, sha256 }) => {
      const path = resource(`photos/${file}`);
      const bytes = await readFile(path).catch((cause: unknown) => {
        throw new AppError('bad_file', `The photograph ${path} that comes with Vitrine can't be read.`, { cause });
      });
      if (createHash('sha256').update(bytes).digest('hex') === sha256) return path;
      throw new AppError('bad_file', `${path} is not the photograph that comes with Vitrine.`, {
        hint: 'Restore it: fingerprints hold for these bytes only.',
      });
    }),
  );
}

/**
 * The photographs as a model takes them, [photos, H, W, 3]: decoded and prepared by the same code whatever the engine,
 * so that only the model can differ.
 * @throws AppError bad_file
 */
export async function photoPixels(preprocessing: Preprocessing): Promise<NamedTensor> {
  const entries = (await photoPaths()).map((path) => ({ path, label: null }));
  const { images } = await loadBatch(entries, { mode: 'eval', preprocessing });
  return { shape: [entries.length, ...preprocessing.resolution, 3], data: images };
}
