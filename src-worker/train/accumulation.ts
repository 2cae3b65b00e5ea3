import { moreParts, possibleParts } from '../../src-shared/config/batch-parts.ts';
import { saysOutOfMemory } from '../../src-shared/contract/run-cause.ts';
import type { TrainInput } from '../../src-shared/contract/worker.ts';
import { AppError } from '../../src-shared/errors.ts';
import { microBatches } from './batch-sizes.ts';
import type { RunRecord } from './run-files.ts';

/**
 * Parts that the batch of a run is computed in: as the run goes already, as was found for this machine, or as its
 * configuration says; more where the process before this one was ended for want of memory.
 * @throws AppError out_of_memory when even one image at a time took too much
 */
export function partsAtStart(input: TrainInput, known: Pick<RunRecord, 'accumSteps'> | null): number {
  const parts = known?.accumSteps ?? input.accumSteps ?? microBatches(input.config);
  if (!input.afterOutOfMemory) return parts;
  const more = moreParts(parts, possibleParts(input.config));
  if (more !== null) return more;
  const images = input.config.batch / parts;
  throw new AppError(
    'out_of_memory',
    `Memory ran out with ${images === 1 ? 'one image' : `${images} images`} at a time.`,
    {
      hint: 'Take a smaller model or a lower --config.pp.crop.',
    },
  );
}

/** Whether an error of a training step says that memory ran out. Scoring takes its own batch: smaller parts don't help it. */
export function isOutOfMemory(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'out_of_memory' && error.details['scoring'] !== true;
  return saysOutOfMemory(String(error));
}

/** The input of a run that computes its batch in so many parts. What the run is (its configuration's hash) stays. */
export function inParts(input: TrainInput, parts: number): TrainInput {
  return parts === microBatches(input.config) ? input : { ...input, config: { ...input.config, accum_steps: parts } };
}

/** What is said of a batch that is now computed in more parts. */
export function describeParts(batch: number, { from, to }: { from: number; to: number }): string {
  return (
    `Memory ran out with ${batch / from} images at a time: the batch of ${batch} is now computed in ${to} parts of ${batch / to}. ` +
    'It stays the same batch; sums in another order, and other draws of dropout, make the numbers differ a little.'
  );
}
