import { SvelteMap } from 'svelte/reactivity';
import type { EngineMemory, EngineStatus } from '../../src-shared/contract/engine.ts';
import type { WorkProgress } from '../../src-shared/contract/failure.ts';
import type { RunSummary } from '../../src-shared/contract/runs.ts';
import type { Api } from '../api.ts';
import type { Live } from '../live/live.svelte.ts';
import { theme } from './theme.svelte.ts';

/** Runs whose process computes. */
const BUSY: ReadonlySet<RunSummary['state']> = new Set(['preparing', 'running', 'pausing']);
/** While something computes, memory is asked for this often at most, ms. */
const MEMORY_EVERY = 5000;

/** Work behind the scenes on a data set or an evaluation. */
export interface Work {
  readonly kind: 'dataset' | 'evaluation';
  readonly id: string;
  readonly state: string;
  readonly progress: WorkProgress | null;
}

const WORKING: ReadonlySet<string> = new Set(['reading', 'checking', 'queued', 'running']);

/** What the line at the foot says: read once, then kept true by the event stream. */
class Status {
  engine = $state.raw<EngineStatus | null>(null);
  memory = $state.raw<EngineMemory['devices']>([]);
  offline = $state<boolean | null>(null);
  readonly #runs = new SvelteMap<string, RunSummary>();
  readonly #work = new SvelteMap<string, Work>();
  readonly #eta = new SvelteMap<string, number>();
  #memoryAsked = 0;

  /** The run in progress; null without one. */
  get run(): RunSummary | null {
    return [...this.#runs.values()].find(({ state }) => BUSY.has(state)) ?? null;
  }

  /** Other runs in progress. */
  get otherRuns(): number {
    return Math.max(0, [...this.#runs.values()].filter(({ state }) => BUSY.has(state)).length - 1);
  }

  /** Until the run in progress ends, seconds; null where nobody can say. */
  get etaSeconds(): number | null {
    const { run } = this;
    return run?.state === 'running' ? (this.#eta.get(run.id) ?? null) : null;
  }

  /** Of the run in progress, whole percent. */
  get percent(): number | null {
    const { run } = this;
    return run === null || run.totalSteps === 0 ? null : Math.floor((100 * run.step) / run.totalSteps);
  }

  /** The first of what goes on with data sets and evaluations. */
  get work(): readonly Work[] {
    return [...this.#work.values()];
  }

  /** Free where the engine computes, bytes. */
  get freeBytes(): number | null {
    return this.memory[0]?.freeBytes ?? null;
  }

  /** Returns what ends it: the return value of an effect. */
  watch(api: Api, live: Live): () => void {
    const readAll = (): void => {
      void this.#read(api);
      void this.#readEngine(api);
      void this.#readMemory(api);
    };
    readAll();
    const look = (): void => {
      if (document.visibilityState === 'visible') void this.#readMemory(api);
    };
    document.addEventListener('visibilitychange', look);
    const stops = [
      live.on('runs', (event) => {
        if (event === null) return readAll();
        if (event.run === null) this.#runs.delete(event.id);
        else this.#runs.set(event.id, event.run);
        void this.#readMemory(api);
      }),
      live.on('run', (event) => {
        if (event?.change.type !== 'progress') return;
        const { step, totalSteps, etaSeconds } = event.change;
        const run = this.#runs.get(event.id);
        if (run) this.#runs.set(event.id, { ...run, step, totalSteps });
        this.#eta.set(event.id, etaSeconds);
        if (performance.now() - this.#memoryAsked > MEMORY_EVERY) void this.#readMemory(api);
      }),
      live.on('settings', (event) => {
        if (event === null) return;
        this.offline = event.settings.offline;
        theme.follow(event.settings.theme);
      }),
      live.on('engine', () => void this.#readEngine(api)),
      live.on('dataset', (event) => event && this.#note({ kind: 'dataset', ...event })),
      live.on('evaluation', (event) => event && this.#note({ kind: 'evaluation', ...event })),
    ];
    return () => {
      document.removeEventListener('visibilitychange', look);
      stops.forEach((stop) => stop());
    };
  }

  #note({ kind, id, state, progress }: Work): void {
    if (WORKING.has(state)) this.#work.set(id, { kind, id, state, progress });
    else this.#work.delete(id);
  }

  async #readEngine(api: Api): Promise<void> {
    this.engine = await api.engine.status().catch(() => this.engine);
  }

  async #readMemory(api: Api): Promise<void> {
    this.#memoryAsked = performance.now();
    const answer = await api.engine.memory().catch(() => null);
    this.memory = answer?.devices ?? [];
  }

  async #read(api: Api): Promise<void> {
    try {
      const [{ runs }, { settings, changed }, datasets, evaluations] = await Promise.all([
        api.runs.list({ limit: 100 }),
        api.settings.get(),
        api.datasets.list(),
        api.evaluations.list(),
      ]);
      this.#runs.clear();
      for (const run of runs) this.#runs.set(run.id, run);
      this.#work.clear();
      for (const { id, state, progress } of datasets) this.#note({ kind: 'dataset', id, state, progress });
      for (const { id, state, progress } of evaluations) this.#note({ kind: 'evaluation', id, state, progress });
      this.offline = settings.offline;
      if (changed.includes('theme')) theme.follow(settings.theme);
    } catch {
      // The banner says that the connection is lost; what was known stays.
    }
  }
}

export const status = new Status();
