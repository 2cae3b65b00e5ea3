import type { Checkpoint } from '../../../src-shared/contract/checkpoints.ts';
import type { Dataset } from '../../../src-shared/contract/datasets.ts';
import type { Download } from '../../../src-shared/contract/downloads.ts';
import type { RunSummary } from '../../../src-shared/contract/runs.ts';
import type { Samples } from '../../../src-shared/contract/samples.ts';
import type { AppError } from '../../../src-shared/errors.ts';
import type { Api } from '../../api.ts';
import type { Live } from '../../live/live.svelte.ts';
import { asShown } from '../../ui/loader.svelte.ts';

type PresetGroups = Awaited<ReturnType<Api['configs']['presets']>>;

/** What can be chosen: read once, then kept true by the event stream. */
export class Choosable {
  checkpoints = $state.raw<readonly Checkpoint[]>([]);
  datasets = $state.raw<readonly Dataset[]>([]);
  /** Finished runs, the newest first. */
  runs = $state.raw<readonly RunSummary[]>([]);
  samples = $state.raw<Samples | null>(null);
  presets = $state.raw<PresetGroups>([]);
  downloads = $state.raw<readonly Download[]>([]);
  /** Of the library's disk; null where it isn't known. */
  freeBytes = $state.raw<number | null>(null);
  loaded = $state(false);
  error = $state.raw<AppError | null>(null);
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  async load(): Promise<void> {
    const api = this.#api;
    try {
      const [presets, settings, downloads] = await Promise.all([
        api.configs.presets(),
        api.settings.get(),
        api.downloads.list(),
        this.#readSamples(),
        this.#readCheckpoints(),
        this.#readDatasets(),
        this.#readRuns(),
      ]);
      this.presets = presets;
      this.freeBytes = settings.library.freeBytes;
      this.downloads = downloads.downloads;
      this.error = null;
      this.loaded = true;
    } catch (error) {
      this.error = asShown(error);
    }
  }

  /** Returns what ends it: the return value of an effect. */
  watch(live: Live): () => void {
    const quietly = (work: () => Promise<void>) => (): void => void work().catch(() => {}); // the banner says it
    // The samples with them: one that has been taken in is not offered beside itself.
    const checkpoints = quietly(async () => void (await Promise.all([this.#readCheckpoints(), this.#readSamples()])));
    const datasets = quietly(async () => void (await Promise.all([this.#readDatasets(), this.#readSamples()])));
    const runs = quietly(() => this.#readRuns());
    const stops = [
      live.on('checkpoint', checkpoints),
      live.on('dataset', (event) => {
        if (event === null || event.progress === null) datasets();
      }),
      live.on('runs', (event) => {
        if (event === null || event.run?.state === 'finished' || event.run === null) runs();
      }),
      live.on('download', (event) => {
        if (event === null) return;
        const others = this.downloads.filter(({ id }) => id !== event.download.id);
        this.downloads = [...others, event.download];
      }),
    ];
    return () => stops.forEach((stop) => stop());
  }

  /** Takes the samples into the library. */
  async addSamples(): Promise<{ checkpoint: string | null; dataset: string }> {
    const added = await this.#api.samples.add();
    await Promise.all([this.#readSamples(), this.#readCheckpoints(), this.#readDatasets()]);
    const checkpoint = this.checkpoints.find(({ id }) => id === added.checkpoint)?.path ?? null;
    return { checkpoint, dataset: added.dataset };
  }

  async #readSamples(): Promise<void> {
    this.samples = await this.#api.samples.list();
  }

  async #readCheckpoints(): Promise<void> {
    this.checkpoints = (await this.#api.checkpoints.list()).checkpoints;
  }

  async #readDatasets(): Promise<void> {
    this.datasets = await this.#api.datasets.list();
  }

  async #readRuns(): Promise<void> {
    this.runs = (await this.#api.runs.list({ state: 'finished', limit: 200 })).runs;
  }
}
