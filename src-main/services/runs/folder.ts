import { createHash } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import * as v from 'valibot';
import {
  endSchema,
  lockSchema,
  PHASES,
  RUN_FILES,
  timelineEntrySchema,
} from '../../../src-shared/contract/run-files.ts';
import type { RequestFile, TimelineEntry } from '../../../src-shared/contract/run-files.ts';
import { isAtEnd } from '../../../src-shared/config/best-so-far.ts';
import type { BestSoFar } from '../../../src-shared/config/best-so-far.ts';
import { completeConfig } from '../../../src-shared/config/complete-config.ts';
import type { RunConfig } from '../../../src-shared/config/run-config.ts';
import { isAlive } from '../../workers/process-liveness.ts';
import type { RunEnd } from './state.ts';

type Phase = (typeof PHASES)[number];

/** What a run's folder says now. */
export interface FolderFacts {
  /** The living process that has it. */
  owner: { pid: number; socket: string | null } | null;
  startedAt: number | null;
  end: RunEnd | null;
  done: boolean;
  phase: Phase | null;
  /** Of the newest training state. */
  savedStep: number | null;
  /** Whether a process has ever begun to train here. */
  begun: boolean;
}

/** The part of run.json that is needed here. */
export interface RunRecord {
  config: RunConfig;
  classNames: string[];
  threads: number | null;
  extended: { after: number; totalSteps: number }[];
  /** Parts a batch is computed in; null: as the configuration says. */
  accumSteps: number | null;
}

/** Bytes at a timeline's end in which its last start and phase are looked for. */
const TAIL = 64 << 10;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const pointSchema = v.object({ step: count, best: v.optional(v.looseObject({ since: count })) });
const modelSchema = v.object({ provenance: v.object({ steps: count }) });

/**
 * A run's name for programs: of its folder's place, within the library's runs where it is there, so that the same folder
 * has the same name after the database was lost or the library moved.
 */
export function runId(workdir: string, runsFolder: string): string {
  const inside = relative(runsFolder, workdir);
  const place =
    inside !== '' && !inside.startsWith('..') && !isAbsolute(inside) ? inside.split(sep).join('/') : workdir;
  return createHash('sha256').update(place).digest('hex').slice(0, 12);
}

/** @param config of the run, by which a finished one is known */
export function readFolder(workdir: string, config: RunConfig): FolderFacts {
  const lock = readJson(join(workdir, RUN_FILES.lock), lockSchema);
  const alive = lock !== null && isAlive({ pid: lock.pid, machine: lock.host, started: lock.started });
  const end = readJson(join(workdir, RUN_FILES.end), endSchema);
  const point = readJson(join(workdir, RUN_FILES.latest), pointSchema);
  const { startedAt, phase } = lastStart(workdir);
  const begun = existsSync(join(workdir, RUN_FILES.run));
  return {
    owner: alive ? { pid: lock.pid, socket: lock.socket ?? null } : null,
    // Folders of a Vitrine without timelines have begun all the same.
    startedAt: startedAt ?? (begun ? 0 : null),
    end: end && { ...end, at: Date.parse(end.at) },
    done: point !== null && isDone(workdir, config, point),
    phase: alive ? phase : null,
    savedStep: point?.step ?? null,
    begun,
  };
}

/** Its model is there, and is of the last step: one that was extended has an older one until then. */
function isDone(workdir: string, config: RunConfig, point: v.InferOutput<typeof pointSchema>): boolean {
  const stands = { step: point.step, best: point.best as BestSoFar | undefined };
  if (!isAtEnd(config, stands) || !existsSync(join(workdir, RUN_FILES.model))) return false;
  if (!isAtEnd(config, stands, { extended: readRunRecord(workdir)?.extended })) return false;
  return readJson(join(workdir, RUN_FILES.sidecar), modelSchema)?.provenance.steps === point.step;
}

function lastStart(workdir: string): { startedAt: number | null; phase: Phase | null } {
  let phase: Phase | null = null;
  const entries = readTimeline(workdir, TAIL);
  for (const entry of entries.toReversed()) {
    if (entry.type === 'phase' && phase === null) phase = PHASES.find((name) => name === entry.text) ?? null;
    if (entry.type === 'start' || entry.type === 'resume') return { startedAt: Date.parse(entry.at), phase };
  }
  // It began before what was read: any time since then tells it from what went wrong before.
  return { startedAt: entries[0] ? Date.parse(entries[0].at) : null, phase };
}

/** The entries in the last `bytes` of a folder's timeline; lines that are none are left out. */
export function readTimeline(workdir: string, bytes: number): TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  for (const line of readEnd(join(workdir, RUN_FILES.timeline), bytes).split('\n')) {
    const entry = parse(line, timelineEntrySchema);
    if (entry && !Number.isNaN(Date.parse(entry.at))) entries.push(entry);
  }
  return entries;
}

/** request.json, where it is one. The configuration in it is what this program wrote: it is checked when it is used. */
export function readRequest(workdir: string): Omit<RequestFile, 'input'> | null {
  const file = readJson(join(workdir, RUN_FILES.request), requestSchema) as RequestFile | null;
  if (file === null) return null;
  const { input: _, ...request } = file;
  return { ...request, config: completeConfig(request.config) };
}

const requestSchema = v.looseObject({
  format: v.literal('vitrine-run-request'),
  name: v.string(),
  createdAt: v.string(),
  owner: v.picklist(['host', 'cli']),
  preset: v.nullable(v.string()),
  overrides: v.array(v.string()),
  config: v.looseObject({ total_steps: v.number() }),
  checkpoint: v.string(),
  dataset: v.string(),
  skipBad: v.boolean(),
  continueRun: v.optional(v.boolean(), false),
  allowNan: v.optional(v.boolean(), false),
  threads: v.nullable(v.number()),
  extend: v.optional(v.boolean()),
  branch: v.optional(v.object({ workdir: v.string(), step: v.nullable(v.number()) })),
});

export function readRunRecord(workdir: string): RunRecord | null {
  const record = readJson(join(workdir, RUN_FILES.run), recordSchema);
  if (record === null) return null;
  return {
    config: completeConfig(record.config as unknown as RunConfig),
    classNames: record.classNames,
    threads: record.engine?.threads?.intra ?? null,
    extended: record.extended ?? [],
    accumSteps: record.accumSteps ?? null,
  };
}

const recordSchema = v.looseObject({
  format: v.literal('vitrine-run'),
  config: v.looseObject({ total_steps: v.number(), dataset: v.string() }),
  classNames: v.array(v.string()),
  extended: v.optional(v.array(v.object({ after: count, totalSteps: count }))),
  accumSteps: v.optional(count),
  engine: v.optional(v.object({ threads: v.optional(v.object({ intra: v.number() })) })),
});

/** Null where there is none, or none that is whole. */
function readJson<Schema extends v.GenericSchema>(path: string, schema: Schema): v.InferOutput<Schema> | null {
  try {
    return parse(readFileSync(path, 'utf8'), schema);
  } catch {
    return null;
  }
}

function parse<Schema extends v.GenericSchema>(text: string, schema: Schema): v.InferOutput<Schema> | null {
  try {
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

/** The last bytes of a file, from the first whole line on. */
function readEnd(path: string, bytes: number): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, bytes));
    const read = readSync(file, buffer, 0, buffer.length, size - buffer.length);
    const text = buffer.toString('utf8', 0, read);
    return size > bytes ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    closeSync(file);
  }
}
