import { ORPCError, os } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { OUTLIVES } from '../src-shared/contract/worker.ts';
import type { JobName, WorkerJobs } from '../src-shared/contract/worker.ts';
import { AppError } from '../src-shared/errors.ts';
import type { Job, JobContext } from './job.ts';
import { JOBS } from './jobs.ts';
import { portToMain } from './port-to-main.ts';

const port = portToMain();

const stop = new AbortController();
// Ctrl-C reaches the whole process group: main hears it too and asks for an orderly stop.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {}); // the terminal was closed: 'disconnect' follows
process.on('SIGTERM', () => stop.abort('SIGTERM'));
// Main is gone (killed, or its terminal closed): finish the step, save, end. One that was started to outlive main goes
// on; it is found again by its workdir.
if (!process.argv.includes(OUTLIVES)) process.on('disconnect', () => stop.abort('owner'));

async function* runJob<Name extends JobName>(
  name: Name,
  input: WorkerJobs[Name]['input'],
  signal: AbortSignal,
): AsyncGenerator<WorkerJobs[Name]['event'], WorkerJobs[Name]['result']> {
  const events: WorkerJobs[Name]['event'][] = [];
  let wake: (() => void) | undefined;
  const context: JobContext<WorkerJobs[Name]['event']> = {
    signal,
    emit: (event) => {
      events.push(event);
      wake?.();
    },
  };
  const job = (await JOBS[name]()) as unknown as Job<Name>;
  let settled = false;
  const result = job(input, context).finally(() => {
    settled = true;
    wake?.();
  });
  result.catch(() => {}); // awaited below; a failure while events are still on their way is not unhandled
  while (!settled || events.length > 0) {
    while (events.length > 0) yield events.shift()!;
    if (!settled) await new Promise<void>((resolve) => (wake = resolve));
  }
  return await result;
}

const router = {
  run: os.handler(async function* ({ input, signal }) {
    const { name, data } = input as { name: JobName; data: WorkerJobs[JobName]['input'] };
    const signals = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    try {
      return yield* runJob(name, data, signals);
    } catch (error) {
      const known =
        error instanceof AppError
          ? error.toJSON()
          : { code: 'internal', message: String(error), stack: (error as Error).stack ?? String(error) };
      throw new ORPCError('JOB_FAILED', { message: known.message, data: known });
    }
  }),
  /** Asks the jobs of this process to stop where they can be resumed; they then return as usual. */
  stop: os.handler(() => stop.abort('pause')),
};

export type WorkerRouter = typeof router;

new RPCHandler(router).upgrade(port);
// Nobody reads a dead main's pipes either.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
port.postMessage('ready');
