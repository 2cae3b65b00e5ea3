import type { Inspection } from '../../../src-shared/checkpoints/inspection.ts';
import { atMost } from '../../workers/at-most.ts';
import { runWorker } from '../../workers/run-worker.ts';

/** Reads and checks a checkpoint. @throws AppError as the worker's job `inspect` */
export type Inspect = (path: string, signal?: AbortSignal) => Promise<Inspection>;

/** Processes that read checkpoints at a time. */
const LIMIT = 2;

/** Inspects in processes of their own, a few at a time: a hostile file never meets the main process. */
export function inspectInWorker(limit = LIMIT): Inspect {
  const inTurn = atMost(limit);
  return (path, signal) => inTurn(() => runWorker('inspect', { path, hints: {} }, signal ? { signal } : {}));
}
