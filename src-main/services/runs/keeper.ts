import type { Inspection } from '../../../src-shared/checkpoints/inspection.ts';
import type { RunControl } from '../../../src-shared/contract/run-control.ts';
import type { RunChange, RunEvent, RunSummary } from '../../../src-shared/contract/runs.ts';
import type { SystemStatus } from '../../../src-shared/contract/system.ts';
import type { TrainEvent, TrainResult } from '../../../src-shared/contract/worker.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Database } from '../../database/open.ts';
import type { DeviceBroker } from '../../workers/device-broker.ts';
import { askRun } from '../../workers/run-link.ts';
import { WorkerReleased } from '../../workers/run-worker.ts';
import type { StartProcess } from '../../workers/worker-process.ts';
import type { Events } from '../events/service.ts';
import type { LibraryPaths } from '../library/service.ts';
import type { Memory } from '../memory/service.ts';
import { attemptRun, refusalOf } from './attempt.ts';
import type { TrainingEnvironment } from './attempt.ts';
import { readFolder } from './folder.ts';
import type { FolderFacts } from './folder.ts';
import { letGo, listenTo, newLive } from './live.ts';
import type { Live } from './live.ts';
import { createMetricsStore } from './metrics.ts';
import type { AskedOptions, PrepareImages } from './request.ts';
import { isUnderWay } from './state.ts';
import { createRunStore } from './store.ts';
import type { RunRow } from './store.ts';
import { lookAt, summaryOf } from './summary.ts';
import { watchFolder } from './watch-folder.ts';

export interface RunsOptions {
  database: Database;
  events: Events;
  paths: LibraryPaths;
  /** The command line trains at once, and its worker ends with it; other hosts have a queue, and are outlived. */
  host: SystemStatus['host'];
  broker: DeviceBroker;
  prepare: PrepareImages;
  environment: TrainingEnvironment;
  memory: Memory;
  /** All that is read in a checkpoint. */
  inspect: (path: string, signal?: AbortSignal) => Promise<Inspection>;
  versions: Record<string, string>;
  /** What the library calls the data set that lies there; null where it has none. */
  datasetName?: AskedOptions['datasetName'];
  /** How this host makes processes. */
  start?: StartProcess;
}

export type RunKeeper = ReturnType<typeof createRunKeeper>;

/**
 * Keeps runs true: looks at their folders when something rings, starts attempts and closes them, and tells what changed.
 * What it remembers itself is only what hurries ahead of the files.
 */
export function createRunKeeper(options: RunsOptions) {
  const { database, events, broker } = options;
  const store = createRunStore(database);
  const metrics = createMetricsStore(database);
  const lives = new Map<string, Live>();
  const closing = new AbortController();
  const owner = options.host === 'cli' ? ('cli' as const) : ('host' as const);
  /** What comes after the library was closed finds nobody to tell. */
  const isOpen = (): boolean => database.open && !closing.signal.aborted;

  /**
   * What goes on by itself must not end a process: where the library can't be written (full, away), trainings go on, and
   * their folders have everything.
   */
  const guarded = (id: string | null, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!isOpen() || complained) return;
      complained = true;
      const text = `The library could not be written (${(error as Error).message}). Trainings go on; their folders have everything.`;
      if (id !== null) tell(id, { type: 'note', text });
    }
  };
  let complained = false;

  const liveOf = (id: string): Live => {
    let live = lives.get(id);
    if (!live) lives.set(id, (live = newLive()));
    return live;
  };
  const folderOf = (row: RunRow): FolderFacts => readFolder(row.workdir, row.request.config);
  const publish = (id: string, change: RunChange): void => events.publish({ topic: 'run', id, change });

  // How a run stands.

  /** Those that nobody prepares yet: a run keeps its place until its worker has begun. */
  const waiting = (): RunRow[] => store.queued().filter((row) => !taken.has(placeOf(row)));
  const placeOf = ({ id, queuedAt }: RunRow): string => `${id} ${queuedAt}`;
  /** Places that were given up here. Each is given up once, also where the database could not be told of it. */
  const taken = new Set<string>();
  const waitingFor = (): string | null => {
    const busy = broker.training().map(({ device, label }) => `"${label}" trains on ${device}`);
    return busy.length === 0 ? null : `Waiting: ${busy.join(', ')}.`;
  };
  const summarise = (row: RunRow, folder: FolderFacts | null): RunSummary => {
    const queued = row.queue !== null;
    const place = queued ? waiting().findIndex(({ id }) => id === row.id) + 1 : null;
    return summaryOf(row, { live: lives.get(row.id), folder, place, waiting: queued ? waitingFor() : null });
  };

  /** Looks at a run again; keeps and tells what changed. */
  const refresh = (row: RunRow): RunSummary => {
    const folder = folderOf(row);
    const live = lives.get(row.id);
    const lastStep = folder.owner ? metrics.lastStep(row.id) : 0;
    const { state, kept } = lookAt(row, folder, { live, lastStep });
    if (live && !folder.owner) {
      live.lease?.release();
      live.lease = null;
    }
    if (state !== row.state || JSON.stringify(kept) !== JSON.stringify(row.summary)) {
      const changedAt = state === row.state ? row.changedAt : Date.now();
      Object.assign(row, { state, summary: kept, changedAt });
      store.update(row.id, { state, summary: kept, changedAt });
      const run = summarise(row, folder);
      events.publish({ topic: 'runs', id: row.id, run });
      publish(row.id, { type: 'run', run });
    }
    if (live && !isUnderWay(state) && live.watchers === 0 && live.attempt === null) forget(row.id);
    return summarise(row, folder);
  };
  const refreshId = (id: string): void => {
    const row = isOpen() ? store.get(id) : null;
    if (row) refresh(row);
  };
  const forget = (id: string): void => {
    const live = lives.get(id);
    if (live) letGo(live);
    lives.delete(id);
  };

  // What a training tells.

  const readMetrics = ({ id, workdir }: Pick<RunRow, 'id' | 'workdir'>): void => {
    if (!isOpen()) return;
    const { lines, reread } = metrics.ingest(id, workdir);
    if (lines.length > 0 || reread) publish(id, { type: 'points', points: lines, reread });
  };
  const tell = (id: string, event: RunEvent): void => {
    for (const follower of lives.get(id)?.followers ?? []) follower.tell(event);
  };
  const hear = (row: RunRow, event: TrainEvent): void => {
    const live = liveOf(row.id);
    if (event.type === 'begun') return guarded(row.id, () => begun(row, live));
    if (event.type === 'step') {
      const { type: _, ...progress } = event;
      live.progress = progress;
      publish(row.id, { type: 'progress', ...progress });
    } else if (event.type === 'phase') {
      live.phase = event.phase;
      publish(row.id, { type: 'phase', phase: event.phase, step: event.step });
    }
    tell(row.id, event);
  };

  /** Follows a run's folder, and its process where another main started it. */
  const attend = (row: RunRow): void => {
    const live = liveOf(row.id);
    if (live.unwatch) return;
    readMetrics(row);
    const look = (): void => {
      const now = isOpen() ? store.get(row.id) : null;
      if (!now) return;
      const { owner } = folderOf(now);
      if (owner?.socket && live.attempt === null) void listenTo(live, owner.socket, (event) => hear(now, event));
      if (!owner) readMetrics(now); // its last lines, before its end is told
      refresh(now);
    };
    live.unwatch = watchFolder(row.workdir, {
      metrics: () => guarded(row.id, () => readMetrics(row)),
      state: () => guarded(row.id, look),
    });
    look();
  };

  // Attempts.

  const launch = (row: RunRow, lease: { device: string; release: () => void } | null): void => {
    const live = liveOf(row.id);
    const attempt = new AbortController();
    Object.assign(live, { attempt, begun: false, progress: null, phase: null });
    const start = { wish: 'run', wishedAt: Date.now(), refusal: null, device: lease?.device ?? null } as const;
    Object.assign(row, start);
    guarded(row.id, () => {
      store.update(row.id, start);
      refreshId(row.id);
    });
    attemptRun(row, {
      prepare: options.prepare,
      environment: options.environment,
      findParts: options.memory.findParts,
      versions: options.versions,
      start: options.start,
      signal: attempt.signal,
      released: owner === 'host' ? closing.signal : null,
      tell: (event) => tell(row.id, event),
      hear: (event) => hear(row, event),
    }).then(
      (result) => over(row, lease, { result }),
      (error: unknown) => over(row, lease, { error }),
    );
  };

  /** Its worker has the folder, and tells of itself there. */
  const begun = (row: RunRow, live: Live): void => {
    live.begun = true;
    if (!isOpen()) return;
    // Another command line that was refused there may have taken the row away.
    if (store.get(row.id) === null) store.put(row);
    else store.update(row.id, { queue: null, queuedAt: null });
    attend(row);
    refreshId(row.id);
  };

  /** Keeps how it ended, as far as its folder doesn't say that itself. */
  const closeAttempt = (row: RunRow, live: Live, error: unknown): void => {
    const folder = folderOf(row);
    // A process may die before it could say so here; its folder knows.
    live.begun ||= folder.startedAt !== null && folder.startedAt >= row.wishedAt;
    // A worker of a main before this one was quicker: the run goes on with that one.
    const elsewhere = error instanceof AppError && error.code === 'conflict' && folder.owner !== null;
    const refusal = error === undefined || elsewhere ? null : refusalOf(error);
    if (elsewhere) attend(row);
    store.update(row.id, { queue: null, queuedAt: null, refusal });
    if (refusal) store.note(row.id, live.begun ? 'died' : 'refused', { text: refusal.error.message });
    readMetrics(row);
    refreshId(row.id);
  };

  const over = (
    row: RunRow,
    lease: { release: () => void } | null,
    { result, error }: { result?: TrainResult; error?: unknown },
  ): void => {
    const live = liveOf(row.id);
    live.attempt = null;
    if (isOpen() && !(error instanceof WorkerReleased)) guarded(row.id, () => closeAttempt(row, live, error));
    lease?.release(); // only now: whoever waits for the device must not find this run still in the queue
    const followers = [...live.followers];
    live.followers.clear();
    for (const follower of followers) {
      if (result) follower.done(result);
      else follower.failed(error);
    }
    guarded(null, pump);
  };

  let resting = false;
  /** Starts what is first in the queue, as long as there is a device. */
  const pump = (): void => {
    if (owner === 'cli' || resting || !isOpen()) return;
    for (const row of waiting()) {
      const lease = broker.tryTrain(row.name, row.device);
      if (lease === null) return;
      taken.add(placeOf(row));
      launch(row, lease);
    }
  };

  /** Refuses a run that somebody trains, or that is about to be. @throws AppError conflict */
  const refuseUnderWay = (row: RunRow): void => {
    const process = folderOf(row).owner;
    if (process)
      throw new AppError('conflict', `${row.workdir} is in use by another training (process ${process.pid}).`, {
        hint: 'Wait for it, or pause it.',
        details: { workdir: row.workdir, pid: process.pid },
      });
    const known = store.get(row.id);
    if (known && (known.queue !== null || lives.get(row.id)?.attempt))
      throw new AppError('conflict', `The run "${known.name}" is ${known.state} already.`, {
        details: { id: row.id, state: known.state },
      });
  };

  return {
    store,
    metrics,
    lives,
    liveOf,
    waiting,
    owner,
    folderOf,
    summarise,
    refresh,
    readMetrics,
    attend,
    launch,
    pump,
    rest(on: boolean): void {
      resting = on;
      pump();
    },
    refuseUnderWay,
    isOpen,
    guarded,
    forget,
    /** Asks a run's process for something. @returns whether there is one that could be asked */
    async ask(row: RunRow, call: (control: RunControl) => Promise<void>, signal?: NodeJS.Signals): Promise<boolean> {
      const owner = folderOf(row).owner;
      if (owner === null) return false;
      if (owner.socket !== null && (await askRun(owner.socket, call))) return true;
      if (signal === undefined || process.platform === 'win32') return false;
      process.kill(owner.pid, signal);
      return true;
    },
    close(): void {
      closing.abort();
      for (const id of [...lives.keys()]) {
        const live = lives.get(id)!;
        letGo(live);
        live.followers.forEach(({ failed }) =>
          failed(new AppError('interrupted', 'Vitrine ended; the training goes on by itself.')),
        );
      }
      lives.clear();
    },
  };
}
