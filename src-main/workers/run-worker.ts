import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createORPCClient, ORPCError } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { JobName, WorkerJobs } from '../../src-shared/contract/worker.ts';
import { AppError, type ErrorCode } from '../../src-shared/errors.ts';
import { isLoadingNoise } from '../../src-shared/loading-noise.ts';

export interface RunWorkerOptions<Event> {
  /** Variables that must be there before the engine's library loads (see services/engine). */
  environment?: NodeJS.ProcessEnv;
  /** Asks the job to stop; it then returns or fails as its kind does. */
  signal?: AbortSignal;
  onEvent?: (event: Event) => void;
}

interface WorkerClient {
  run(input: { name: string; data: unknown }): Promise<AsyncIterator<unknown, unknown>>;
  stop(): Promise<void>;
}

const ENTRY = fileURLToPath(new URL('../../src-worker/main.ts', import.meta.url));
/** Lines of a worker's own output kept to explain a crash. */
const KEPT_LINES = 40;

/**
 * Runs one job in a process of its own and returns its result. The process ends with the job, and with this one.
 * @throws AppError as the job threw it; `interrupted` when the signal came before the job began; `engine` when the
 * process died, with its last words.
 */
export async function runWorker<Name extends JobName>(
  name: Name,
  input: WorkerJobs[Name]['input'],
  options: RunWorkerOptions<WorkerJobs[Name]['event']> = {},
): Promise<WorkerJobs[Name]['result']> {
  const { signal } = options;
  if (signal?.aborted) throw stopped();
  const child = fork(ENTRY, [], {
    env: { ...process.env, ...options.environment },
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
  const words = lastWords(child);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const died = new Promise<never>((_, reject) => {
    child.once('error', (error) =>
      reject(new AppError('internal', `The worker process could not be started: ${error.message}.`, { cause: error })),
    );
    // 'close' and not 'exit': only then its last words are all here.
    child.once('close', (code, by) => {
      // Ctrl-C reaches the whole process group, and this child before it could say that it heeds main alone.
      const asked = signal?.aborted && (by === 'SIGINT' || by === 'SIGTERM');
      reject(asked ? stopped() : crash(name, { code, signal: by, words }));
    });
  });
  died.catch(() => {}); // raced below
  try {
    await Promise.race([ready(child), died]);
    const client = createORPCClient<WorkerClient & Record<string, never>>(
      new RPCLink({ port: portOf(child) }),
    ) as unknown as WorkerClient;
    const stop = (): void => void client.stop().catch(() => {});
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    try {
      return (await Promise.race([
        consume(client, { name, data: input }, options.onEvent),
        died,
      ])) as WorkerJobs[Name]['result'];
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  } catch (error) {
    throw asAppError(error);
  } finally {
    child.removeAllListeners('close');
    process.removeListener('exit', kill);
    if (child.exitCode === null) kill();
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

function portOf(child: ChildProcess): {
  on: (event: string, callback: (event?: { data: unknown }) => void) => void;
  postMessage: (data: unknown) => void;
} {
  return {
    on: (event, callback) => {
      if (event === 'message') child.on('message', (data) => callback({ data }));
    },
    postMessage: (data) => {
      if (child.connected) child.send(data as never);
    },
  };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('message', (message) => {
      if (message === 'ready') resolve();
    });
  });
}

/** The worker's own output. TensorFlow's start-up chatter stays out of people's way. */
function lastWords(child: ChildProcess): string[] {
  const kept: string[] = [];
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      kept.push(...text.split('\n').filter((line) => !isLoadingNoise(line)));
      kept.splice(0, kept.length - KEPT_LINES);
    });
  }
  return kept;
}

function stopped(): AppError {
  return new AppError('interrupted', 'Stopped before the work began; nothing was changed.');
}

function crash(
  name: string,
  { code, signal, words }: { code: number | null; signal: string | null; words: string[] },
): AppError {
  const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
  const memory =
    signal === 'SIGKILL' ? 'The system ends processes this way when memory runs out: try a smaller batch.' : undefined;
  return new AppError('engine', `The worker process (${name}) ${how}.`, {
    hint: memory ?? words.at(-1),
    details: { output: words },
  });
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
