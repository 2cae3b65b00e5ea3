import { join, resolve } from 'node:path';
import type { RebuildPart } from '../../../src-shared/contract/library.ts';
import { leavesOf } from '../../../src-shared/config/run-config.ts';
import { RUN_FILES } from '../../../src-shared/contract/run-files.ts';
import type { TimelineEntry } from '../../../src-shared/contract/run-files.ts';
import type {
  RunChange,
  RunDetail,
  RunEvent,
  RunInput,
  RunMetrics,
  RunState,
  RunSummary,
} from '../../../src-shared/contract/runs.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Preflight } from '../../../src-shared/contract/preflight.ts';
import { readRunRecord, readTimeline, runId } from './folder.ts';
import { createRunKeeper } from './keeper.ts';
import type { RunsOptions } from './keeper.ts';
import { preflight } from './preflight.ts';
import { rowOfFolder, runFoldersIn } from './rebuild.ts';
import { removeRunFiles, removeStates } from './remove-files.ts';
import { createStarting } from './starting.ts';
import type { ToTrain } from './starting.ts';
import { isUnderWay } from './state.ts';
import type { RunRow } from './store.ts';
import { superviseRuns } from './supervise.ts';
import { watchRun } from './watch-run.ts';

export type { RunsOptions } from './keeper.ts';
export type { PrepareImages } from './request.ts';
export type { TrainingEnvironment } from './attempt.ts';

export interface RunList {
  runs: RunSummary[];
  total: number;
}

/** Trainings: what was asked for, how they stand, what they tell. Failures are AppErrors: not_found, conflict and those of
 * starting. */
export interface Runs {
  list(filter: { state?: RunState | undefined; text?: string | undefined; limit: number; offset: number }): RunList;
  get(id: string): RunDetail;
  start(input: RunInput): RunSummary;
  /** Whether it would go; nothing is begun. */
  preflight(input: RunInput, signal: AbortSignal): Promise<Preflight>;
  /** Starts or resumes, and tells of it to the end. */
  train(what: ToTrain): AsyncGenerator<RunEvent, void>;
  /** What changes, beginning with how it stands. */
  watch(id: string, signal: AbortSignal): AsyncGenerator<RunChange, void>;
  pause(id: string): Promise<RunSummary>;
  resume(id: string): RunSummary;
  /** A finished run goes on to a larger number of steps. */
  extend(extension: { id: string; totalSteps: number }): RunSummary;
  stop(id: string, options: { keep: boolean }): Promise<RunSummary>;
  evaluateNow(id: string): Promise<RunSummary>;
  /** Before another queued run, or to the end. */
  move(id: string, before: string | null): RunList;
  edit(id: string, changes: { name?: string; tags?: string[]; priority?: number }): RunSummary;
  clone(id: string): RunInput;
  metrics(id: string, query: { names?: string[] | undefined; from: number; maxPoints: number }): RunMetrics;
  timeline(id: string, limit: number): TimelineEntry[];
  remove(id: string, options: { files: boolean }): void;
  adopt(workdir: string): RunSummary;
  /** Reads rows back from the library's folder of runs, and from others. */
  rebuild(folders: readonly string[]): RebuildPart;
  /** Looks after the queue and every training there is: what a host that stays does, once. */
  supervise(): void;
  /** While on, nothing of the queue begins: the host is about to end. */
  rest(on: boolean): void;
  /** Trainings that outlive this process go on by themselves. */
  close(): void;
}

/** Bytes of a timeline that are read at most. */
const TIMELINE_BYTES = 1 << 20;

export function createRuns(options: RunsOptions): Runs {
  const { events, paths } = options;
  const keeper = createRunKeeper(options);
  const { store, metrics, refresh } = keeper;
  let endSupervision = (): void => {};

  const rowOf = (id: string): RunRow => {
    const row = store.get(id);
    if (row) return row;
    throw new AppError('not_found', `There is no run ${id}.`, { hint: '"vitrine runs list" names them all.' });
  };

  const starting = createStarting(options, keeper, rowOf);

  const end = async (id: string, wish: 'pause' | 'stop' | 'discard'): Promise<RunSummary> => {
    const row = rowOf(id);
    const live = keeper.lives.get(id);
    const attempt = live?.attempt ?? null;
    if (!attempt && !isUnderWay(refresh(row).state) && wish === 'pause')
      throw new AppError('conflict', `The run "${row.name}" is ${row.state}: there is nothing to pause.`);
    if (row.state === 'finished')
      throw new AppError('conflict', `The run "${row.name}" is finished.`, { hint: '"remove" forgets it.' });
    store.update(id, { wish, wishedAt: Date.now(), queue: null, queuedAt: null });
    store.note(id, 'request', { text: wish });
    if (attempt && wish === 'pause') {
      attempt.abort();
      return refresh(rowOf(id));
    }
    const asked = await keeper.ask(
      row,
      (control) => (wish === 'pause' ? control.pause() : control.stop({ keep: wish === 'stop' })),
      'SIGTERM',
    );
    if (!asked && attempt) attempt.abort();
    else if (!asked) {
      if (wish === 'discard') removeStates(row.workdir);
      const error = new AppError('interrupted', `The run "${row.name}" was taken from the queue.`);
      for (const follower of live?.followers ?? []) follower.failed(error);
      live?.followers.clear();
    }
    return refresh(rowOf(id));
  };

  const list: Runs['list'] = (filter) => {
    // Those that may have changed by themselves are looked at first, so that the filter sees how they are.
    for (const row of store.open()) refresh(row);
    const { rows, total } = store.list(filter);
    const folder = (row: RunRow) => (isUnderWay(row.state) ? keeper.folderOf(row) : null);
    return { runs: rows.map((row) => keeper.summarise(row, folder(row))), total };
  };

  const adopt = (workdir: string): RunSummary => {
    const row = rowOfFolder(resolve(workdir), paths.runs);
    const known = store.get(row.id);
    if (!known)
      store.together(() => {
        store.put(row);
        store.note(row.id, 'adopted');
      });
    keeper.readMetrics(row);
    return refresh(known ?? row);
  };

  return {
    list,
    adopt,
    get(id) {
      const row = rowOf(id);
      const summary = refresh(row);
      keeper.readMetrics(row);
      return {
        ...summary,
        classNames: readRunRecord(row.workdir)?.classNames ?? [],
        preset: row.request.preset,
        config: leavesOf(row.request.config).map(([path, value]) => ({ path, value })),
        latest: metrics.latest(id),
      };
    },
    start: starting.start,
    preflight: (input, signal) => preflight(input, options, signal),
    train: starting.train,
    watch: (id, signal) => watchRun(rowOf(id), signal, { keeper, events }),
    pause: (id) => end(id, 'pause'),
    stop: (id, { keep }) => end(id, keep ? 'stop' : 'discard'),
    resume: starting.resume,
    extend: starting.extend,
    async evaluateNow(id) {
      const row = rowOf(id);
      if (await keeper.ask(row, (control) => control.evaluateNow())) return refresh(rowOf(id));
      throw new AppError('conflict', `The run "${row.name}" doesn't train now.`, {
        hint: `Evaluate its model instead: vitrine evaluate ${join(row.workdir, RUN_FILES.model)} FOLDER`,
      });
    },
    move(id, before) {
      const queued = keeper.waiting();
      const row = queued.find((other) => other.id === id);
      if (!row) throw new AppError('conflict', `The run "${rowOf(id).name}" is not in the queue.`);
      const others = queued.filter((other) => other.id !== id);
      const at = before === null ? others.length : others.findIndex((other) => other.id === before);
      if (at < 0) throw new AppError('conflict', `The run "${rowOf(before!).name}" is not in the queue.`);
      others.splice(at, 0, row);
      // Its neighbour's priority too: the order that was asked for is the one that comes.
      const priority = others[at + 1]?.priority ?? others[at - 1]?.priority ?? row.priority;
      store.together(() => {
        store.update(id, { priority });
        others.forEach((other, index) => store.update(other.id, { queue: index + 1 }));
      });
      for (const other of keeper.waiting()) tellSummary(other);
      return { runs: keeper.waiting().map((other) => keeper.summarise(other, null)), total: others.length };
    },
    edit(id, changes) {
      rowOf(id);
      store.update(id, changes);
      tellSummary(rowOf(id));
      return refresh(rowOf(id));
    },
    clone(id) {
      const { request, priority, tags } = rowOf(id);
      return {
        name: request.name,
        overrides: request.overrides.map((flag) =>
          flag.startsWith('--config.dataset=') ? `--config.dataset=${request.dataset}` : flag,
        ),
        skipBad: request.skipBad,
        continueRun: request.continueRun,
        allowNan: request.allowNan,
        priority,
        tags,
        ...(request.preset === null ? {} : { preset: request.preset }),
        ...(request.checkpoint === null ? {} : { checkpoint: request.checkpoint }),
        ...(request.threads === null ? {} : { threads: request.threads }),
      };
    },
    metrics(id, query) {
      keeper.readMetrics(rowOf(id));
      return metrics.query(id, query);
    },
    timeline(id, limit) {
      const entries = [...store.notes(id, limit), ...readTimeline(rowOf(id).workdir, TIMELINE_BYTES)];
      return entries.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).slice(-limit);
    },
    remove(id, { files }) {
      const row = rowOf(id);
      const { state } = refresh(row);
      if (isUnderWay(state))
        throw new AppError('conflict', `The run "${row.name}" is ${state}.`, { hint: 'Stop it first.' });
      store.remove(id);
      keeper.forget(id);
      if (files) removeRunFiles(row.workdir);
      events.publish({ topic: 'runs', id, run: null });
    },
    rebuild(folders) {
      const part: RebuildPart = { name: 'runs', found: 0, added: 0, problems: [] };
      for (const workdir of new Set([paths.runs, ...folders].flatMap((folder) => runFoldersIn(resolve(folder))))) {
        try {
          part.found++;
          const isNew = store.get(runId(workdir, paths.runs)) === null;
          adopt(workdir);
          if (isNew) part.added++;
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          part.problems.push(error.message);
        }
      }
      return part;
    },
    supervise() {
      endSupervision = superviseRuns(keeper, options.broker);
    },
    rest: (on) => keeper.rest(on),
    close() {
      endSupervision();
      keeper.close();
    },
  };

  function tellSummary(row: RunRow): void {
    events.publish({ topic: 'runs', id: row.id, run: keeper.summarise(row, keeper.folderOf(row)) });
  }
}
