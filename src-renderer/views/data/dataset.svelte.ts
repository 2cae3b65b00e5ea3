import type { Dataset, DatasetClass, DatasetEdit, DatasetImage } from '../../../src-shared/contract/datasets.ts';
import type { AppError } from '../../../src-shared/errors.ts';
import type { Api } from '../../api.ts';
import type { Live } from '../../live/live.svelte.ts';
import { asShown } from '../../ui/loader.svelte.ts';
import { PagedRows } from '../../ui/paged-rows.svelte.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { filterOf } from './filter.ts';
import type { DatasetQuery } from './query.ts';

/** Images changed at a time. */
export const MOST_EDITS = 20_000;

/** A data set with the images that are shown of it, kept true by the event stream. */
export class DatasetView {
  readonly id: string;
  dataset = $state.raw<Dataset | null>(null);
  classes = $state.raw<readonly DatasetClass[]>([]);
  readonly rows = new PagedRows<DatasetImage>();
  /** Those that the filter leaves; null until it is known. */
  total = $state<number | null>(null);
  error = $state.raw<AppError | null>(null);
  busy = $state(false);
  readonly #api: Pick<Api, 'datasets'>;
  #query: DatasetQuery | null = null;
  #asked = 0;

  constructor(api: Pick<Api, 'datasets'>, id: string) {
    this.#api = api;
    this.id = id;
  }

  /** The data set itself; what is shown of it too where that has changed. */
  async load(): Promise<void> {
    try {
      const before = this.dataset;
      const dataset = await this.#api.datasets.get({ id: this.id });
      this.dataset = dataset;
      this.error = null;
      if (before && keyOf(before) === keyOf(dataset)) return;
      await this.#loadImages();
    } catch (error) {
      this.error = asShown(error);
    }
  }

  /** What is to be shown. */
  show(query: DatasetQuery): void {
    this.#query = query;
    if (this.dataset) void this.#loadImages(false);
  }

  need(first: number, last: number): void {
    this.rows.need(first, last, (error) => (this.error = asShown(error)));
  }

  /** A stretch of what is shown, here or not. */
  async range(from: number, to: number): Promise<DatasetImage[]> {
    const found: DatasetImage[] = [];
    for (let at = from; at <= to;) {
      const row = this.rows.at(at);
      if (row) {
        found.push(row);
        at++;
        continue;
      }
      const { images } = await this.#page(at, Math.min(1000, to - at + 1));
      if (images.length === 0) break;
      found.push(...images);
      at += images.length;
    }
    return found;
  }

  /** Returns what ends it: the return value of an effect. */
  watch(live: Live): () => void {
    return live.on('dataset', (event) => {
      if (event && event.id !== this.id) return;
      if (event && event.progress !== null && this.dataset?.state === event.state)
        this.dataset = { ...this.dataset, progress: event.progress };
      else void this.load();
    });
  }

  /** False where it failed, which is told. */
  async act(work: (datasets: Api['datasets']) => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    try {
      await work(this.#api.datasets);
      return true;
    } catch (error) {
      const { message, hint } = asShown(error);
      toasts.show(hint ? `${message} ${hint}` : message, { tone: 'bad' });
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** Changes images; a toast takes it back. */
  async edit(edits: readonly DatasetEdit[], told: string): Promise<void> {
    await this.act(async (datasets) => {
      const { dataset, before } = await datasets.edit({ id: this.id, edits: [...edits] });
      await this.#changed(dataset);
      toasts.show(told, {
        undo: async () => {
          await this.act(async () => this.#changed((await datasets.edit({ id: this.id, edits: before })).dataset));
        },
      });
    });
  }

  async #changed(dataset: Dataset): Promise<void> {
    this.dataset = dataset;
    await this.#loadImages();
  }

  #page(offset: number, limit: number, signal?: AbortSignal) {
    const filter = this.#query ? filterOf(this.#query) : {};
    return this.#api.datasets.images({ id: this.id, ...filter, offset, limit }, signal ? { signal } : {});
  }

  async #loadImages(withClasses = true): Promise<void> {
    const asked = ++this.#asked;
    if (!this.dataset || this.dataset.layout === null) return;
    try {
      if (withClasses) {
        const classes = await this.#api.datasets.classes({ id: this.id });
        if (asked === this.#asked) this.classes = classes;
      }
      let count = 0;
      await this.rows.reset(async (offset, limit, signal) => {
        const { images, total } = await this.#page(offset, limit, signal);
        count = total;
        return { total, rows: images };
      });
      if (asked === this.#asked) this.total = count;
    } catch (error) {
      if (asked === this.#asked) this.error = asShown(error);
    }
  }
}

/** Changes when other images are to be shown. */
function keyOf({ state, manifestHash, checkedAt, excluded, relabelled, addedAt }: Dataset): string {
  const read = state === 'reading' || state === 'failed' ? state : 'read';
  return JSON.stringify([read, manifestHash, checkedAt, excluded, relabelled, addedAt]);
}
