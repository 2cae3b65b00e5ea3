import type { WorkProgress } from '../../../src-shared/contract/failure.ts';
import { AppError } from '../../../src-shared/errors.ts';

export type ReportProgress = (phase: string, done: number, total: number) => void;

export interface Task {
  /** Stores its own outcome: only a bug makes it fail. */
  work: (signal: AbortSignal, report: ReportProgress) => Promise<void>;
  /** Called now and then while there is progress, and at the end. */
  tell: () => void;
}

/** Work that goes on behind a call, by the id of what it works on. */
export interface Tasks {
  /** @throws AppError conflict while one goes on */
  start(id: string, task: Task): void;
  progress(id: string): WorkProgress | null;
  /** Asks it to stop and waits until it has. Nothing happens where none goes on. */
  cancel(id: string): Promise<void>;
  /** Cancels everything. */
  close(): Promise<void>;
}

/** Between two calls of `tell`, ms. */
const PROGRESS_MS = 100;

export function createTasks(onBug: (error: unknown) => void): Tasks {
  const under = new Map<string, { abort: AbortController; done: Promise<void>; progress: WorkProgress | null }>();
  const stop = async (id: string, reason: AppError): Promise<void> => {
    const task = under.get(id);
    task?.abort.abort(reason);
    await task?.done;
  };
  return {
    start(id, { work, tell }) {
      if (under.has(id))
        throw new AppError('conflict', 'This is being worked on already.', { hint: 'Wait, or cancel it.' });
      const abort = new AbortController();
      const task = { abort, done: Promise.resolve(), progress: null as WorkProgress | null };
      let told = -Infinity;
      const report: ReportProgress = (phase, done, total) => {
        task.progress = { phase, done, total };
        if (performance.now() - told < PROGRESS_MS) return;
        told = performance.now();
        tell();
      };
      under.set(id, task);
      task.done = work(abort.signal, report)
        .catch(onBug)
        .finally(() => {
          under.delete(id);
          tell();
        });
    },
    progress: (id) => under.get(id)?.progress ?? null,
    cancel: (id) => stop(id, new AppError('interrupted', 'Stopped.')),
    async close() {
      const ended = new AppError('interrupted', 'Vitrine ended before it was done.', { hint: 'Start it again.' });
      await Promise.all([...under.keys()].map((id) => stop(id, ended)));
    },
  };
}
