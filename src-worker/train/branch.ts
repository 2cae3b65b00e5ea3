import { AppError } from '../../src-shared/errors.ts';
import type { BranchPoint, TrainInput } from '../../src-shared/contract/worker.ts';
import { sameShape } from '../../src-shared/models/params.ts';
import type { ProgramSpec } from '../engine/program.ts';
import { loadState, readRun, type BranchOrigin, type RunRecord, type SavedState } from './run-files.ts';
import { statesToKeep } from './train-program.ts';

/**
 * The saved state that a branch begins with; the other run is only read, and may be training.
 * @param spec the branch's own program, which must have the states that were saved
 * @throws AppError not_found, conflict (no such state), config (it doesn't fit the branch)
 */
export async function readBranch(
  input: TrainInput,
  { workdir, step }: BranchPoint,
  spec: ProgramSpec,
): Promise<{ origin: BranchOrigin; saved: SavedState }> {
  const run = await readRun(workdir);
  if (run === null) throw new AppError('not_found', `${workdir} holds no run to branch from.`);
  const saved = await loadState(workdir);
  if (saved === null || (step !== null && saved.step !== step)) {
    const found = saved === null ? 'none yet' : `that of step ${saved.step}`;
    throw new AppError(
      'conflict',
      `${workdir} has no saved state${step === null ? '' : ` of step ${step}`}: ${found}.`,
      {
        hint: 'A run keeps its newest state. Leave --from-step out to branch from that.',
        details: { workdir, step: saved?.step ?? null },
      },
    );
  }
  checkFits(input, { run, saved, spec });
  return { origin: { workdir, config: run.configHash, step: saved.step, state: saved.sha256 }, saved };
}

function checkFits(
  { config, classNames }: TrainInput,
  { run, saved, spec }: { run: RunRecord; saved: SavedState; spec: ProgramSpec },
): void {
  const refuse = (why: string, hint: string): AppError =>
    new AppError('config', `The branch doesn't fit the state it begins with: ${why}.`, { hint });
  if (config.total_steps <= saved.step) {
    throw refuse(
      `${saved.step} updates are made, and config.total_steps is ${config.total_steps}`,
      'Give a larger --config.total_steps.',
    );
  }
  if (run.classNames.join('\n') !== classNames.join('\n'))
    throw refuse(`its classes are ${run.classNames.join(', ')}`, 'Take a folder of the same classes.');
  const wanted = statesToKeep(spec);
  const missing = wanted.find((name) => {
    const found = saved.state.get(name);
    return !found || !sameShape(found.shape, spec.state[name]!.shape);
  });
  const extra = [...saved.state.keys()].find((name) => !wanted.includes(name));
  if (missing !== undefined || extra !== undefined) {
    throw refuse(
      missing === undefined
        ? `it has ${extra}, which the branch doesn't train with`
        : `it has no ${missing} of that shape`,
      'Model, optimizer and what is kept beside the weights stay as they were; schedule, rates and augmentation may change.',
    );
  }
}

/** Refuses to go on in the workdir of another branch, or of none. @throws AppError conflict */
export function checkSameBranch(workdir: string, known: RunRecord, asked: BranchPoint | undefined): void {
  if (!asked) return;
  const from = known.branchedFrom;
  if (from?.workdir === asked.workdir && (asked.step === null || asked.step === from.step)) return;
  const what = from ? `it branched from step ${from.step} of ${from.workdir}` : 'it began by itself';
  throw new AppError('conflict', `${workdir} belongs to another run: ${what}.`, { hint: 'Choose another --workdir.' });
}
