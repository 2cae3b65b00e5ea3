import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { locateCheckpoint, missingCheckpoint } from '../../../src-shared/config/location.ts';
import type { RunConfig } from '../../../src-shared/config/run-config.ts';
import { AppError } from '../../../src-shared/errors.ts';

/**
 * The checkpoint file a run starts from: the one named, or where the configuration says. Nothing is fetched.
 * @param where the library's folder of checkpoints, and the folder of relative paths
 * @throws AppError not_found with where it was looked for and where it can be had.
 */
export function findCheckpoint(
  named: string | undefined,
  config: RunConfig,
  where: { checkpoints: string; cwd: string },
): string {
  if (named !== undefined) {
    const path = resolve(where.cwd, named);
    if (existsSync(path)) return path;
    throw new AppError('not_found', `There is no checkpoint ${named}.`, {
      hint: 'Check the path; a checkpoint is an .npz or .safetensors file, or a folder with one.',
    });
  }
  if (config.model_or_filename === null && !('model_name' in config.model && config.model.model_name !== null)) {
    throw new AppError('usage', 'train needs a checkpoint to start from.', {
      hint: 'Give --checkpoint FILE, or --config=augreg:Ti_16.',
    });
  }
  const location = locateCheckpoint(config);
  const paths = location.candidates.map(({ kind, path }) =>
    kind === 'library' ? join(where.checkpoints, path) : resolve(where.cwd, path),
  );
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) throw missingCheckpoint(location, paths);
  return found;
}
