import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RUN_FILES } from '../../../src-shared/contract/run-files.ts';
import type { RunSummary } from '../../../src-shared/contract/runs.ts';
import type { FolderFacts } from './folder.ts';
import type { Live } from './live.ts';
import { deriveState, isResumable, isUnderWay } from './state.ts';
import type { DerivedState, RunFacts } from './state.ts';
import type { KeptSummary, RunRow } from './store.ts';

export interface Seen {
  state: DerivedState['state'];
  kept: KeptSummary;
}

/** How a run stands, from its row, its folder and what this process does with it. */
export function lookAt(
  row: RunRow,
  folder: FolderFacts,
  { live, lastStep }: { live: Live | undefined; lastStep: number },
): Seen {
  if (!existsSync(row.workdir)) return vanished(row, live);
  const facts: RunFacts = {
    // A process that began after the wish was started by somebody who wished otherwise.
    wish: folder.startedAt !== null && folder.startedAt > row.wishedAt ? 'run' : row.wish,
    queued: row.queue !== null,
    preparing: Boolean(live?.attempt),
    alive: folder.owner !== null,
    done: folder.done,
    startedAt: folder.startedAt,
    end: folder.end,
    refusal: row.refusal,
  };
  const { state, cause, error } = deriveState(facts);
  const savedStep = folder.savedStep;
  const totalSteps = row.request.config.total_steps;
  const reached = Math.max(live?.progress?.step ?? 0, savedStep ?? 0, lastStep);
  const step = state === 'finished' ? (savedStep ?? totalSteps) : facts.alive ? reached : (savedStep ?? 0);
  return { state, kept: { cause, error, step, savedStep, resumable: isResumable({ state, cause, error }, facts) } };
}

/** Without its folder a run is what it was last, but for what can't be any more. */
function vanished(row: RunRow, live: Live | undefined): Seen {
  const preparing = Boolean(live?.attempt);
  if (preparing || row.queue !== null)
    return { state: preparing ? 'preparing' : 'queued', kept: { ...row.summary, resumable: false } };
  const state = isUnderWay(row.state) ? 'interrupted' : row.state;
  return { state, kept: { ...row.summary, resumable: false } };
}

export interface SummaryOptions {
  live: Live | undefined;
  folder: FolderFacts | null;
  /** In the queue, from 1; null: not in it. */
  place: number | null;
  /** What it waits for. */
  waiting: string | null;
}

export function summaryOf(row: RunRow, { live, folder, place, waiting }: SummaryOptions): RunSummary {
  const { summary, state, request } = row;
  const trains = state === 'running' || state === 'pausing';
  return {
    id: row.id,
    name: row.name,
    state,
    cause: summary.cause as RunSummary['cause'],
    error: summary.error,
    phase: trains ? (live?.phase ?? folder?.phase ?? null) : null,
    step: summary.step,
    totalSteps: request.config.total_steps,
    savedStep: summary.savedStep,
    resumable: summary.resumable,
    waiting: state === 'queued' ? waiting : null,
    place: state === 'queued' ? place : null,
    priority: row.priority,
    owner: request.owner,
    pid: folder?.owner?.pid ?? null,
    device: trains ? row.device : null,
    workdir: row.workdir,
    dataset: request.dataset,
    datasetName: request.datasetName ?? basename(request.dataset),
    checkpoint: request.checkpoint,
    model: state === 'finished' ? join(row.workdir, RUN_FILES.model) : null,
    tags: row.tags,
    createdAt: new Date(row.createdAt).toISOString(),
    changedAt: new Date(row.changedAt).toISOString(),
  };
}
