import type { JobName, WorkerJobs } from '../src-shared/contract/worker.ts';

export interface JobContext<Event> {
  /** Aborted when main asks the job to stop; heeded between steps. */
  signal: AbortSignal;
  emit: (event: Event) => void;
}

/** One kind of work of this process. */
export type Job<Name extends JobName> = (
  input: WorkerJobs[Name]['input'],
  context: JobContext<WorkerJobs[Name]['event']>,
) => Promise<WorkerJobs[Name]['result']>;

/** Lets messages and signals in: native calls block the event loop. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
