import { isAtEnd } from '../../src-shared/config/best-so-far.ts';
import { diffConfigs } from '../../src-shared/config/identity.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { RunIdentity, RunRecord, TrainingPoint } from './run-files.ts';

export interface Extension {
  workdir: string;
  wanted: RunIdentity;
  /** Where the run stands. */
  point: TrainingPoint | null;
}

/**
 * A finished run's record with more steps: its next update follows the learning rate of the new total_steps at that
 * update, and its images go on where they were. The record as it is where it has that length already.
 * @throws AppError conflict when more than the length differs, or the run isn't finished
 */
export function extendedRun(known: RunRecord, { workdir, wanted, point }: Extension): RunRecord {
  const differing = diffConfigs(known.config, wanted.config).filter((d) => !d.mayChange);
  if (differing.length !== 1 || differing[0]!.path !== 'total_steps') return known; // the comparison that follows says what
  const [had, wants] = [known.config.total_steps, wanted.config.total_steps];
  const refuse = (why: string, hint: string): AppError =>
    new AppError('conflict', `${workdir} can't be extended: ${why}.`, { hint, details: { workdir } });
  if (wants <= had || (point !== null && wants <= point.step))
    throw refuse(`it has ${had} steps, and ${wants} are no more`, 'Give a larger number of steps.');
  if (point === null || !isAtEnd({ ...wanted.config, total_steps: had }, point, known))
    throw refuse(`it stands at step ${point?.step ?? 0} of ${had}`, 'Let it come to its end first.');
  return {
    ...known,
    config: wanted.config,
    configHash: wanted.configHash,
    extended: [...(known.extended ?? []), { after: point.step, totalSteps: had }],
  };
}
