import { saysOutOfMemory } from '../../src-shared/contract/run-cause.ts';
import { AppError } from '../../src-shared/errors.ts';
import { decodeImage } from './decode-image.ts';

/**
 * TensorFlow says that an image didn't decode but not which: tries the files that were under way and names the one.
 * @param paths in the order they were read, those decoded ahead included.
 * @returns the error to throw; the one given where no file is to blame.
 */
export async function explainPipelineError(error: unknown, paths: readonly string[]): Promise<unknown> {
  if (error instanceof AppError) return error;
  for (const path of new Set(paths)) {
    try {
      await decodeImage(path);
    } catch (cause) {
      return new AppError('bad_dataset', `${path} can't be read as an image.`, {
        hint: 'Was it changed or removed since the folder was checked? Restore it, or leave bad images out with --skip-bad.',
        cause,
      });
    }
  }
  return outOfMemory(error) ?? error;
}

function outOfMemory(error: unknown): AppError | undefined {
  if (!saysOutOfMemory(String(error))) return undefined;
  return new AppError('out_of_memory', 'The device ran out of memory.', {
    hint: 'Lower --config.batch, or raise --config.accum_steps to keep the batch and halve the memory.',
    cause: error,
  });
}
