import { join } from 'node:path';
import type { BestSoFar, ScoredStep } from '../../src-shared/config/best-so-far.ts';
import { RUN_FILES } from '../../src-shared/contract/run-files.ts';
import type { TrainInput, TrainResult } from '../../src-shared/contract/worker.ts';
import { AppError } from '../../src-shared/errors.ts';
import { describeParts } from './accumulation.ts';
import type { RunContext } from './run-record.ts';
import type { RunRecord, TrainingPoint } from './run-files.ts';

// What a run's course was, beyond its configuration: for its timeline, its model's description and its result.

/** Looking for a best evaluation needs some. @throws AppError config */
export function checkMeasured({ config, test }: Pick<TrainInput, 'config' | 'test'>): void {
  const { best_by, early_stop } = config.vitrine;
  if (best_by === 'none' && early_stop === 0) return;
  const field = early_stop > 0 ? 'early_stop' : 'best_by';
  const refuse = (why: string, hint: string): AppError =>
    new AppError('config', `config.vitrine.${field} needs ${why}.`, { hint });
  if (test.paths.length === 0)
    throw refuse('test images, and there are none', 'Set --config.pp.test to a split that has some.');
  if (early_stop > 0 && config.eval_every === 0)
    throw refuse(
      'evaluations on the way, and config.eval_every=0 makes one at the end only',
      'Set --config.eval_every.',
    );
}

/** Whether the run was given more steps where it stands. */
export function isExtendedAt({ extended }: RunRecord, at: Pick<TrainingPoint, 'step'> | null): boolean {
  return at !== null && extended?.at(-1)?.after === at.step;
}

/** Tells once how the run got more steps, or where it came from. */
export function tellOrigin(
  context: Pick<RunContext, 'emit'>,
  { found, record }: { found: RunRecord | null; record: RunRecord },
): void {
  const extension = record.extended?.at(-1);
  if (found && extension && record.extended!.length > (found.extended?.length ?? 0)) {
    const { after: step, totalSteps } = extension;
    const text =
      `Extended after step ${step} from ${totalSteps} steps to ${record.config.total_steps}: ` +
      'the learning rate goes on as the longer schedule has it there.';
    context.emit({ type: 'milestone', what: 'extended', step, text });
  }
  const from = record.branchedFrom;
  if (!found && from) {
    const text = `Branched from ${from.workdir} after its step ${from.step}: weights, optimizer and place in the images.`;
    context.emit({ type: 'milestone', what: 'branched', step: from.step, text });
  }
}

/** Tells that a batch is computed in more parts from here on. */
export function tellRetry(
  context: Pick<RunContext, 'emit'>,
  { batch, step, from, to }: { batch: number; step: number; from: number; to: number },
): void {
  context.emit({ type: 'milestone', what: 'oom_retry', step, text: describeParts(batch, { from, to }) });
}

export function describeBest({ step, accuracy, loss }: ScoredStep): string {
  return `The best so far: step ${step}, accuracy ${accuracy.toFixed(5)}, loss ${loss.toFixed(4)}.`;
}

/** What a model's description says of its run. Paths are left out: they differ between machines, and the model doesn't. */
export function originOf({ branchedFrom, extended, accumSteps }: RunRecord): Record<string, unknown> {
  return {
    ...(branchedFrom
      ? { branchedFrom: { config: branchedFrom.config, step: branchedFrom.step, state: branchedFrom.state } }
      : {}),
    ...(extended ? { extended } : {}),
    ...(accumSteps === undefined ? {} : { accumSteps }),
  };
}

export function bestOf(workdir: string, so: BestSoFar | null): TrainResult['best'] {
  if (!so?.best) return null;
  return { ...so.best, by: so.by, model: so.kept ? join(workdir, RUN_FILES.best) : null };
}
