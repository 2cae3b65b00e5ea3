import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RUN_FILES } from '../../src-shared/contract/run-files.ts';
import type { EndRecord, RequestFile, RunCause } from '../../src-shared/contract/run-files.ts';
import { runCauseOf } from '../../src-shared/contract/run-cause.ts';
import type { TrainEvent, TrainInput, TrainResult } from '../../src-shared/contract/worker.ts';
import { AppError } from '../../src-shared/errors.ts';
import { writeFileAtomically } from '../checkpoints/stage-file.ts';
import type { JobContext } from '../job.ts';
import { listenForControl } from './run-socket.ts';
import { Timeline } from './timeline.ts';

/** A training's context once it has the workdir: its files can tell of it, and it can be asked for things. */
export interface RunContext extends JobContext<TrainEvent> {
  /** The work is about to change the workdir: from here on its files tell of this process. Updates already made. */
  begin(step: number): Promise<void>;
  /** Whether somebody wants an evaluation after this step; asking again begins anew. */
  takeEvaluation(): boolean;
}

interface RecordOptions {
  context: JobContext<TrainEvent>;
  /** Where to listen for control; null: nowhere. */
  socket: string | null;
}

/**
 * Lets a training that has its workdir's lock tell of itself: in the workdir's files, and on its socket. A call that is
 * refused before it begins (another run's workdir, a damaged state, one that is finished) leaves the files as they were.
 */
export async function recorded(
  input: TrainInput,
  { context, socket }: RecordOptions,
  work: (context: RunContext) => Promise<TrainResult>,
): Promise<TrainResult> {
  const { workdir } = input;
  const asked = new AbortController();
  const signal = AbortSignal.any([context.signal, asked.signal]);
  const listeners = new Set<(event: TrainEvent) => void>();
  const early: TrainEvent[] = [];
  let timeline: Timeline | null = null;
  let at = { phase: 'loading', step: 0 };
  let evaluation = false;

  const tell = (event: TrainEvent): void => {
    if (event.type === 'phase') at = { phase: event.phase, step: event.step };
    else if ('step' in event) at.step = event.step;
    if (timeline) timeline.event(event);
    else early.push(event);
    for (const listener of listeners) listener(event);
    context.emit(event);
  };
  const close = await listen(socket, {
    status: () => ({ pid: process.pid, ...at, totalSteps: input.config.total_steps }),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop: (reason) => asked.abort(reason),
    evaluateNow: () => void (evaluation = true),
  });
  try {
    const result = await work({
      signal,
      emit: tell,
      async begin(step) {
        await writeRequest(input);
        rmSync(join(workdir, RUN_FILES.end), { force: true });
        timeline = new Timeline(workdir);
        timeline.write({ type: step === 0 ? 'start' : 'resume', step, pid: process.pid });
        timeline.event({ type: 'phase', phase: 'loading', step });
        early.splice(0).forEach((event) => event.type === 'note' && timeline!.event(event));
        tell({ type: 'begun', step });
      },
      takeEvaluation: () => {
        const taken = evaluation;
        evaluation = false;
        return taken;
      },
    });
    if (timeline) await end(workdir, timeline, endOf(result, signal));
    return result;
  } catch (error) {
    if (timeline) await end(workdir, timeline, failed(error, at.step));
    throw error;
  } finally {
    close();
  }
}

/** Without a socket the run is controlled by signals alone. */
async function listen(path: string | null, target: Parameters<typeof listenForControl>[1]): Promise<() => void> {
  if (path === null) return () => {};
  return listenForControl(path, target).catch(() => () => {});
}

async function writeRequest({ request, ...input }: TrainInput): Promise<void> {
  if (!request) return;
  const file: RequestFile = { format: 'vitrine-run-request', version: 1, ...request, input };
  await writeFileAtomically(join(input.workdir, RUN_FILES.request), (sink) =>
    sink.write(Buffer.from(`${JSON.stringify(file)}\n`)),
  );
}

function endOf({ state, step }: TrainResult, signal: AbortSignal): EndRecord {
  const asked = typeof signal.reason === 'string' ? signal.reason : 'pause';
  const reason = state === 'done' ? null : asked;
  const stopped = reason === 'stop' || reason === 'discard';
  return record(state === 'done' ? 'finished' : stopped ? 'stopped' : 'paused', { reason, step });
}

function failed(error: unknown, step: number): EndRecord {
  const cause: RunCause = runCauseOf(error);
  const { code, message, hint } =
    error instanceof AppError ? error : { code: 'internal', message: String(error), hint: undefined };
  return record('failed', { cause, error: { code, message, hint: hint ?? null }, step });
}

function record(state: EndRecord['state'], more: Partial<EndRecord>): EndRecord {
  const at = new Date().toISOString();
  return { format: 'vitrine-run-end', version: 1, state, reason: null, cause: null, error: null, step: 0, at, ...more };
}

/** The last word, before the lock goes. Where the disk is full there is none, and the run shows as interrupted. */
async function end(workdir: string, timeline: Timeline, record: EndRecord): Promise<void> {
  if (record.reason === 'discard') await rm(join(workdir, 'checkpoints'), { recursive: true, force: true });
  await writeFileAtomically(join(workdir, RUN_FILES.end), (sink) =>
    sink.write(Buffer.from(`${JSON.stringify(record)}\n`)),
  ).catch(() => undefined);
  timeline.write({ type: 'end', step: record.step, text: record.error?.message ?? record.state });
}
