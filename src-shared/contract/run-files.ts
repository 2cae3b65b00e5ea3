import * as v from 'valibot';
import { MILESTONES } from './milestones.ts';
import type { RunRequest } from './run-request.ts';
import type { TrainInput } from './worker.ts';

/**
 * A run's folder tells everything about it; a database over it can be lost. In it, besides checkpoints and model.npz:
 * run.json (what it trains: src-worker/train/run-files.ts), request.json (what was asked for, and the whole input),
 * metrics.jsonl, timeline.jsonl (a line an event), lock.json (the process that has it now), and end.json, which stands
 * only while no process trains and the last one ended in order.
 */
export const RUN_FILES = {
  run: 'run.json',
  request: 'request.json',
  metrics: 'metrics.jsonl',
  timeline: 'timeline.jsonl',
  lock: 'lock.json',
  end: 'end.json',
  /** The output of a worker that outlives its main. */
  log: 'worker.log',
  model: 'model.npz',
  sidecar: 'model.json',
  best: 'best.npz',
  bestSidecar: 'best.json',
  latest: 'checkpoints/latest.json',
} as const;

/** request.json. The input is null until the data set was prepared. */
export interface RequestFile extends RunRequest {
  format: 'vitrine-run-request';
  version: 1;
  input: Omit<TrainInput, 'request'> | null;
}

/** Why a run failed; each has one sentence for people in the error beside it. */
export const RUN_CAUSES = [
  'out_of_memory',
  'killed',
  'bad_data',
  'engine',
  'disk_full',
  'diverged',
  'refused',
  'bug',
] as const;
export type RunCause = (typeof RUN_CAUSES)[number];

export const failureSchema = v.object({
  /** Of src-shared/errors.ts. */
  code: v.string(),
  message: v.string(),
  hint: v.nullable(v.string()),
});
export type RunFailure = v.InferOutput<typeof failureSchema>;

export const endSchema = v.object({
  format: v.literal('vitrine-run-end'),
  version: v.literal(1),
  state: v.picklist(['finished', 'stopped', 'paused', 'failed']),
  /** What asked for it: pause, stop, discard, SIGTERM, owner (who started it is gone); null where nobody did. */
  reason: v.nullable(v.string()),
  cause: v.nullable(v.picklist(RUN_CAUSES)),
  error: v.nullable(failureSchema),
  /** Updates made and saved. */
  step: v.number(),
  /** ISO 8601. */
  at: v.string(),
});
export type EndRecord = v.InferOutput<typeof endSchema>;

export const PHASES = ['loading', 'compiling', 'training', 'evaluating', 'saving'] as const;

/** What happens in a run's life; a line of timeline.jsonl, or of main's own memory. */
export const timelineEntrySchema = v.object({
  /** ISO 8601. */
  at: v.string(),
  type: v.picklist([
    'queued',
    'start',
    'resume',
    'phase',
    'note',
    'checkpoint',
    'evaluation',
    'request',
    'refused',
    'died',
    'end',
    'adopted',
    ...MILESTONES,
  ]),
  step: v.nullable(v.number()),
  /** A sentence, or the word that tells more: the phase, the state it ended in. */
  text: v.nullable(v.string()),
  /** Of an evaluation. */
  values: v.optional(v.record(v.string(), v.nullable(v.number()))),
  /** Of the process, where one begins. */
  pid: v.optional(v.number()),
});
export type TimelineEntry = v.InferOutput<typeof timelineEntrySchema>;

/** lock.json. */
export const lockSchema = v.object({
  pid: v.number(),
  host: v.string(),
  /** When the process began, as the system counts it. */
  started: v.string(),
  /** Where it listens for control: a Unix socket or a named pipe. */
  socket: v.optional(v.string()),
});
