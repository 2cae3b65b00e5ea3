import type { CheckpointDescription } from '../../src-shared/contract/worker.ts';
import { variantNameOf } from '../../src-shared/models/variant-name.ts';
import { openCheckpoint } from './open-checkpoint.ts';

/**
 * Says what a checkpoint is by its headers and what stands beside it, without reading its numbers: a moment, whatever
 * its size. Whether a description is of these numbers shows when they are read (`described` then tells).
 * @throws AppError not_found, bad_file, bad_checkpoint
 */
export async function describeCheckpoint(path: string): Promise<CheckpointDescription> {
  const opened = await openCheckpoint(path);
  try {
    const { architecture, labels, preprocessing } = opened.describe({});
    const { described } = opened;
    return { architecture, variant: variantNameOf(architecture), labels, preprocessing, described };
  } finally {
    await opened.file.close();
  }
}
