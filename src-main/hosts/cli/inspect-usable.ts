import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CheckpointDescription } from '../../../src-shared/contract/worker.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { runWorker } from '../../workers/run-worker.ts';

/** What a classifier is by its headers, before anything long is begun with it. @throws AppError when it can't be used */
export async function inspectUsable(path: string, signal: AbortSignal): Promise<CheckpointDescription> {
  if (!existsSync(path))
    throw new AppError('not_found', `There is no checkpoint ${path}.`, {
      hint: 'Check the path; a checkpoint is an .npz file.',
    });
  return runWorker('describe', { path: resolve(path) }, { signal });
}
