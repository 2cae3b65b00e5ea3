import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Inspection } from '../../../src-shared/checkpoints/inspection.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { runWorker } from '../../workers/run-worker.ts';

/** What a checkpoint is, before anything long is begun with it. @throws AppError when it can't be used */
export async function inspectUsable(path: string, signal: AbortSignal): Promise<Inspection> {
  if (!existsSync(path))
    throw new AppError('not_found', `There is no checkpoint ${path}.`, {
      hint: 'Check the path; a checkpoint is an .npz file.',
    });
  const inspection = await runWorker('inspect', { path: resolve(path), hints: {} }, { signal });
  const { error, lit } = inspection;
  if (error) throw new AppError(error.code, error.message, { hint: error.hint });
  if (lit) {
    throw new AppError('bad_checkpoint', `${path} is an image and text model (LiT) and not a classifier.`, {
      hint: 'Classify with it by labels in words: "vitrine zero-shot".',
    });
  }
  return inspection;
}
