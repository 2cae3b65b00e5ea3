import { AppError } from '../../src-shared/errors.ts';
import type { Library } from './library.ts';

const BUSY_RUNS = ['preparing', 'running', 'pausing'] as const;

/**
 * Refuses what would take files away from work that reads them: a training or an evaluation that goes on.
 * @param what is refused, as a clause: "the engine can't be replaced"
 * @throws AppError conflict, naming the work
 */
export function refuseWhileComputing({ runs, evaluations }: Library, what: string): void {
  const run = BUSY_RUNS.flatMap((state) => runs.list({ state, limit: 1, offset: 0 }).runs)[0];
  const evaluation = evaluations.list().find(({ state }) => state === 'running');
  const work = run ? `the run "${run.name}"` : evaluation ? `the evaluation of ${evaluation.checkpoint.name}` : null;
  if (work === null) return;
  throw new AppError('conflict', `While ${work} computes, ${what}.`, {
    hint: 'Wait for it, or pause it first.',
    details: run ? { run: run.id } : { evaluation: evaluation!.id },
  });
}
