import { createORPCClient, ORPCError } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { JobName, WorkerJobs } from '../../src-shared/contract/worker.ts';
import { AppError, type ErrorCode } from '../../src-shared/errors.ts';
import { keepLastWords, readLastWords } from './last-words.ts';
import { memoryKills } from './memory-kills.ts';
import { startProcess } from './start-process.ts';
import type { StartProcess, WorkerExit, WorkerProcess } from './worker-process.ts';

export interface RunWorkerOptions<Event> {
  /** Variables that must be there before the engine's library loads (see services/engine). */
  environment?: NodeJS.ProcessEnv;
  /** Asks the job to stop; it then returns or fails as its kind does. */
  signal?: AbortSignal;
  onEvent?: (event: Event) => void;
  /**
   * The process goes on when this one ends, and when `released` aborts; its output goes to the file `log`. Otherwise it
   * ends with this process.
   */
  outlives?: { log: string; released: AbortSignal };
  /** How this host makes processes. */
  start?: StartProcess;
}

interface WorkerClient {
  run(input: { name: string; data: unknown }): Promise<AsyncIterator<unknown, unknown>>;
  stop(): Promise<void>;
}

/** The worker goes on, and is no longer this process's: nothing is known of its job's end. */
export class WorkerReleased extends Error {}

/**
 * Runs one job in a process of its own and returns its result. The process ends with the job, and with this one unless
 * it `outlives` it.
 * @throws AppError as the job threw it; `interrupted` when the signal came before the job began; `engine` when the
 * process died, with its last words, and in the details how; `out_of_memory` where the system then ended one for that;
 * WorkerReleased
 */
export async function runWorker<Name extends JobName>(
  name: Name,
  input: WorkerJobs[Name]['input'],
  options: RunWorkerOptions<WorkerJobs[Name]['event']> = {},
): Promise<WorkerJobs[Name]['result']> {
  const { signal, outlives, start = startProcess } = options;
  if (signal?.aborted) throw stopped();
  const kills = memoryKills();
  const worker = start({
    program: 'worker',
    env: { ...process.env, ...options.environment },
    outlives: outlives ? { log: outlives.log } : null,
  });
  const heard = keepLastWords(worker.output);
  const kill = (): void => worker.kill();
  if (!outlives) process.once('exit', kill);
  let over = false;
  let released = false;
  const ended = new Promise<never>((_, reject) => {
    worker.onEnd((end) => {
      over = true;
      if ('error' in end) {
        const { error } = end;
        reject(
          new AppError('internal', `The worker process could not be started: ${error.message}.`, { cause: error }),
        );
        return;
      }
      // Ctrl-C reaches the whole process group, and this child before it could say that it heeds main alone.
      const asked = signal?.aborted && (end.signal === 'SIGINT' || end.signal === 'SIGTERM');
      const words = outlives ? readLastWords(outlives.log) : heard;
      const starved = end.signal === 'SIGKILL' && kills !== null && memoryKills()! > kills;
      reject(asked ? stopped() : crash(name, { ...end, words, starved }));
    });
    outlives?.released.addEventListener(
      'abort',
      () => {
        released = true;
        worker.release();
        reject(new WorkerReleased());
      },
      { once: true },
    );
  });
  ended.catch(() => {}); // raced below
  try {
    await Promise.race([ready(worker), ended]);
    const client = createORPCClient<WorkerClient & Record<string, never>>(
      new RPCLink({ port: worker.port }),
    ) as unknown as WorkerClient;
    const stop = (): void => void client.stop().catch(() => {});
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    try {
      return (await Promise.race([
        consume(client, { name, data: input }, options.onEvent),
        ended,
      ])) as WorkerJobs[Name]['result'];
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  } catch (error) {
    throw asAppError(error);
  } finally {
    process.removeListener('exit', kill);
    if (!over && !released) kill();
  }
}

async function consume<Event>(
  client: WorkerClient,
  call: { name: string; data: unknown },
  onEvent?: (event: Event) => void,
): Promise<unknown> {
  const events = await client.run(call);
  for (;;) {
    const { done, value } = await events.next();
    if (done) return value;
    onEvent?.(value as Event);
  }
}

function ready({ port }: WorkerProcess): Promise<void> {
  return new Promise((resolve) => {
    port.on('message', (event) => {
      if (event?.data === 'ready') resolve();
    });
  });
}

function stopped(): AppError {
  return new AppError('interrupted', 'Stopped before the work began; nothing was changed.');
}

function crash(
  name: string,
  { code, signal, words, starved }: WorkerExit & { words: string[]; starved: boolean },
): AppError {
  const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
  const details = { output: words, code, signal };
  if (starved) {
    return new AppError('out_of_memory', `The worker process (${name}) was ended by the system: memory ran out.`, {
      hint: 'Try a smaller batch, or accum_steps.',
      details,
    });
  }
  const memory =
    signal === 'SIGKILL' ? 'The system ends processes this way when memory runs out: try a smaller batch.' : undefined;
  return new AppError('engine', `The worker process (${name}) ${how}.`, { hint: memory ?? words.at(-1), details });
}

export function asAppError(error: unknown): unknown {
  if (!(error instanceof ORPCError) || error.code !== 'JOB_FAILED') return error;
  const { code, message, hint, details, stack } = error.data as {
    code: ErrorCode;
    message: string;
    hint?: string;
    details?: Record<string, unknown>;
    stack?: string;
  };
  if (stack === undefined) return new AppError(code, message, { hint, details });
  const failure = new Error(message); // a bug: shown as one, with the worker's stack
  failure.stack = stack;
  return failure;
}
