import type { Inspection } from '../../../src-shared/checkpoints/inspection.ts';
import { runWorker } from '../../workers/run-worker.ts';

/** Reads and checks a checkpoint. @throws AppError as the worker's job `inspect` */
export type Inspect = (path: string, signal?: AbortSignal) => Promise<Inspection>;

/** Processes that read checkpoints at a time. */
const LIMIT = 2;

/** Inspects in processes of their own, a few at a time: a hostile file never meets the main process. */
export function inspectInWorker(limit = LIMIT): Inspect {
  let free = limit;
  const waiting: (() => void)[] = [];
  return async (path, signal) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await runWorker('inspect', { path, hints: {} }, signal ? { signal } : {});
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
