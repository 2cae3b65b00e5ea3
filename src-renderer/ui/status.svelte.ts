import { SvelteMap } from 'svelte/reactivity';
import type { EngineStatus } from '../../src-shared/contract/engine.ts';
import type { RunSummary } from '../../src-shared/contract/runs.ts';
import type { Api } from '../api.ts';
import type { Live } from '../live/live.svelte.ts';

/** Runs whose process computes. */
const BUSY: ReadonlySet<RunSummary['state']> = new Set(['preparing', 'running', 'pausing']);

/** What the line at the foot says: read once, then kept true by the event stream. */
export class Status {
  engine = $state.raw<EngineStatus | null>(null);
  offline = $state<boolean | null>(null);
  readonly #runs = new SvelteMap<string, RunSummary>();

  /** The run in progress; null without one. */
  get run(): RunSummary | null {
    return [...this.#runs.values()].find(({ state }) => BUSY.has(state)) ?? null;
  }

  /** Returns what ends it: the return value of an effect. */
  watch(api: Api, live: Live): () => void {
    void this.#read(api);
    void api.engine.status().then(
      (engine) => (this.engine = engine),
      () => {},
    );
    const stops = [
      live.on('runs', (event) => {
        if (event === null) return void this.#read(api);
        if (event.run === null) this.#runs.delete(event.id);
        else this.#runs.set(event.id, event.run);
      }),
      live.on('settings', (event) => {
        if (event !== null) this.offline = event.settings.offline;
      }),
    ];
    return () => stops.forEach((stop) => stop());
  }

  async #read(api: Api): Promise<void> {
    try {
      const [{ runs }, { settings }] = await Promise.all([api.runs.list({}), api.settings.get()]);
      this.#runs.clear();
      for (const run of runs) this.#runs.set(run.id, run);
      this.offline = settings.offline;
    } catch {
      // The banner says that the connection is lost; what was known stays.
    }
  }
}
