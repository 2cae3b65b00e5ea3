import type { CheckpointDescription } from '../../src-shared/contract/worker.ts';
import { variantNameOf } from '../../src-shared/models/variant-name.ts';
import { classNames } from './class-names.ts';
import { openCheckpoint } from './open-checkpoint.ts';

/**
 * Says what a checkpoint is by its headers and what stands beside it, without reading its numbers: a moment, whatever
 * its size. Whether a description is of these numbers shows when they are read (`described` then tells).
 * @throws AppError not_found, bad_file, bad_checkpoint
 */
export async function describeCheckpoint(path: string): Promise<CheckpointDescription> {
  const opened = await openCheckpoint(path);
  try {
    const { architecture, preprocessing, ...own } = opened.describe({});
    const { labels, assumed, synsets } = await classNames(own.labels, architecture.numClasses);
    const { described } = opened;
    const names = { labels, labelsAssumed: assumed, synsets };
    return { architecture, variant: variantNameOf(architecture), ...names, preprocessing, described };
  } finally {
    await opened.file.close();
  }
}
