import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ScoreInput, ScoreResult } from '../../src-shared/contract/worker.ts';
import { AppError } from '../../src-shared/errors.ts';
import { keepLastWords } from './last-words.ts';
import { asAppError } from './run-worker.ts';
import { startProcess } from './start-process.ts';
import type { StartProcess, WorkerProcess } from './worker-process.ts';

export interface InferenceProcessOptions {
  /** Of the process, asked for each time before one is started: the engine may have changed. */
  environment: () => Promise<NodeJS.ProcessEnv>;
  /** Without a call for so long it ends, ms. */
  idle?: number;
  /** How this host makes processes. */
  start?: StartProcess;
}

/**
 * The one process that classifies images on demand. It begins with the first call and keeps engine, weights and compiled
 * programs for the next; it ends when nobody asks for a while. Calls wait for one another.
 */
export interface InferenceProcess {
  /** @throws AppError as the job does; engine when the process died, the next call then has another; interrupted */
  score(input: ScoreInput, signal: AbortSignal): Promise<ScoreResult>;
  /** Of the process that is there, or null. */
  pid(): number | null;
  close(): void;
}

interface WorkerClient {
  run(
    input: { name: 'scoreResident'; data: ScoreInput },
    options: { signal: AbortSignal },
  ): Promise<AsyncIterator<unknown, ScoreResult>>;
}

interface Started {
  pid: number | undefined;
  client: Promise<WorkerClient>;
  ended: Promise<never>;
  kill: () => void;
}

const IDLE_MS = 5 * 60_000;

export function createInferenceProcess(options: InferenceProcessOptions): InferenceProcess {
  const { environment, idle = IDLE_MS, start = startProcess } = options;
  let process_: Started | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const end = (): void => {
    clearTimeout(timer);
    process_?.kill();
    process_ = null;
  };

  const running = async (): Promise<Started> => {
    if (process_) return process_;
    const env = await environment();
    if (closed) throw stopped();
    const started = startInference(start, env);
    process_ = started;
    started.ended.catch(() => {
      if (process_ === started) process_ = null;
    });
    return started;
  };

  const call = async (input: ScoreInput, signal: AbortSignal): Promise<ScoreResult> => {
    if (closed || signal.aborted) throw stopped();
    clearTimeout(timer);
    try {
      const { client, ended } = await running();
      return await Promise.race([scoreOn(client, input, signal), ended]);
    } catch (error) {
      throw signal.aborted ? stopped() : asAppError(error);
    } finally {
      timer = setTimeout(end, idle);
      timer.unref();
    }
  };

  return {
    score(input, signal) {
      const mine = turn.then(() => call(input, signal));
      turn = mine.catch(() => {});
      return mine;
    },
    pid: () => process_?.pid ?? null,
    close() {
      closed = true;
      end();
    },
  };
}

function startInference(start: StartProcess, env: NodeJS.ProcessEnv): Started {
  const worker = start({ program: 'worker', env: { ...process.env, ...env }, outlives: null });
  const words = keepLastWords(worker.output);
  const kill = (): void => worker.kill();
  process.once('exit', kill);
  const ended = new Promise<never>((_, reject) => {
    worker.onEnd((how) => {
      process.removeListener('exit', kill);
      const text = 'error' in how ? how.error.message : (how.signal ?? `code ${how.code}`);
      reject(
        new AppError('engine', `The process that classifies images ended (${text}).`, {
          hint: words.at(-1) ?? 'Try again: the next call starts another.',
          details: { output: words },
        }),
      );
    });
  });
  return { pid: worker.pid, client: connected(worker), ended, kill };
}

/** Nothing is sent before the process says that it listens. */
async function connected({ port }: WorkerProcess): Promise<WorkerClient> {
  await new Promise<void>((resolve) => port.on('message', (event) => event?.data === 'ready' && resolve()));
  return createORPCClient<WorkerClient & Record<string, never>>(new RPCLink({ port }));
}

async function scoreOn(client: Promise<WorkerClient>, data: ScoreInput, signal: AbortSignal): Promise<ScoreResult> {
  const events = await (await client).run({ name: 'scoreResident', data }, { signal });
  for (;;) {
    const { done, value } = await events.next();
    if (done) return value;
  }
}

function stopped(): AppError {
  return new AppError('interrupted', 'Stopped before the images were classified.');
}
