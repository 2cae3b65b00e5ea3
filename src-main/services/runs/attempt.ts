import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCauseOf } from '../../../src-shared/contract/run-cause.ts';
import { RUN_FILES } from '../../../src-shared/contract/run-files.ts';
import type { RunEvent } from '../../../src-shared/contract/runs.ts';
import type { TrainEvent, TrainInput, TrainResult } from '../../../src-shared/contract/worker.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { runWorker } from '../../workers/run-worker.ts';
import type { StartProcess } from '../../workers/worker-process.ts';
import type { FindParts } from '../memory/service.ts';
import { readRunRecord } from './folder.ts';
import { prepareRun } from './request.ts';
import type { PrepareImages } from './request.ts';
import type { RunFacts } from './state.ts';
import type { RunRow } from './store.ts';

/** What a training's process needs around it to compute on a device, and what is to be said of that. */
export type TrainingEnvironment = (options: { threads: number | null; device: string | null }) => Promise<{
  env: NodeJS.ProcessEnv;
  note: string | null;
}>;

export interface AttemptOptions {
  prepare: PrepareImages;
  environment: TrainingEnvironment;
  findParts: FindParts;
  versions: Record<string, string>;
  start?: StartProcess | undefined;
  /** Pauses it, wherever it stands. */
  signal: AbortSignal;
  /** The worker goes on when this aborts; null: it ends with this process. */
  released: AbortSignal | null;
  /** What comes before the worker's own events. */
  tell: (event: RunEvent) => void;
  hear: (event: TrainEvent) => void;
}

/**
 * One attempt at a run: reads its images, finds out what fits into memory where that is wanted, starts its worker, and
 * waits for its end. A worker that died because memory ran out is followed by one that computes the batch in more parts.
 * @throws as prepareRun, findParts and runWorker
 */
export async function attemptRun(row: RunRow, options: AttemptOptions): Promise<TrainResult> {
  const { signal, released, tell, hear, versions, prepare } = options;
  const prepared = await prepareRun(row, { prepare, versions, signal, tell });
  // The threads that a run began with give the same bits.
  const threads =
    row.request.threads ?? (process.env.VITRINE_THREADS ? null : (readRunRecord(row.workdir)?.threads ?? null));
  const { env, note } = await options.environment({ threads, device: row.device });
  if (note !== null) tell({ type: 'note', text: note });
  const input = await inFittingParts(prepared, { row, options, environment: env });
  if (released) mkdirSync(row.workdir, { recursive: true }); // for the worker's log
  const settings = {
    environment: env,
    signal,
    onEvent: hear,
    ...(released ? { outlives: { log: join(row.workdir, RUN_FILES.log), released } } : {}),
    ...(options.start ? { start: options.start } : {}),
  };
  for (let given = input; ; given = { ...input, afterOutOfMemory: true }) {
    try {
      return await runWorker('train', given, settings);
    } catch (error) {
      if (!diedOfMemory(error) || signal.aborted || released?.aborted) throw error;
      tell({ type: 'note', text: `${(error as AppError).message} Going on from the last saved state, in more parts.` });
    }
  }
}

/** The input with as many parts of a batch as memory asks for, where that is wanted; a run that has begun keeps its own. */
async function inFittingParts(
  input: TrainInput,
  { row, options, environment }: { row: RunRow; options: AttemptOptions; environment: NodeJS.ProcessEnv },
): Promise<TrainInput> {
  const { config, checkpoint, classNames, workdir } = input;
  if (!config.vitrine.auto_accum || readRunRecord(workdir) !== null) return input;
  const found = await options.findParts(
    { config, checkpoint, classes: classNames.length },
    {
      environment,
      device: row.device,
      signal: options.signal,
      say: (text) => options.tell({ type: 'note', text }),
    },
  );
  return found === null ? input : { ...input, accumSteps: found.parts, notes: [found.note] };
}

/** The process is gone, and its last words or the system say why. One that could still say it went on by itself. */
function diedOfMemory(error: unknown): boolean {
  return error instanceof AppError && 'signal' in error.details && runCauseOf(error) === 'out_of_memory';
}

/** What is kept of an attempt that failed: nothing where it was only asked to stop. */
export function refusalOf(error: unknown): RunFacts['refusal'] {
  if (error instanceof AppError && error.code === 'interrupted') return null;
  const { code, message, hint } =
    error instanceof AppError ? error : { code: 'internal', message: String(error), hint: undefined };
  return { at: Date.now(), cause: runCauseOf(error), error: { code, message, hint: hint ?? null } };
}
