import type { AppError } from '../../../src-shared/errors.ts';
import type { RunSummary } from '../../../src-shared/contract/runs.ts';
import type { Api } from '../../api.ts';
import type { Live } from '../../live/live.svelte.ts';
import { asShown } from '../../ui/loader.svelte.ts';
import { PagedRows } from '../../ui/paged-rows.svelte.ts';

/** The list of runs: newest first, kept true by the event stream. */
export class RunList {
  readonly rows = new PagedRows<RunSummary>();
  text = $state('');
  total = $state(0);
  loaded = $state(false);
  error = $state.raw<AppError | null>(null);
  cursor = $state(0);
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- replaced as a whole, never changed
  selected = $state.raw<ReadonlySet<string>>(new Set());
  readonly #api: Pick<Api, 'runs'>;
  #asked = 0;

  constructor(api: Pick<Api, 'runs'>, text: string) {
    this.#api = api;
    this.text = text;
  }

  ask(text: string): void {
    this.text = text;
    this.cursor = 0;
    void this.load();
  }

  /** The newest answer wins. */
  async load(): Promise<void> {
    const asked = ++this.#asked;
    const { text } = this;
    let total = 0;
    try {
      await this.rows.reset(async (offset, limit, signal) => {
        const page = await this.#api.runs.list({ offset, limit, ...(text === '' ? {} : { text }) }, { signal });
        total = page.total;
        return { total, rows: page.runs };
      });
    } catch (error) {
      if (asked === this.#asked) this.error = asShown(error);
      return;
    }
    if (asked !== this.#asked) return;
    this.total = total;
    this.error = null;
    this.loaded = true;
  }

  need(first: number, last: number): void {
    this.rows.need(first, last, (error) => (this.error = asShown(error)));
  }

  /** Returns what ends it: the return value of an effect. */
  watch(live: Live): () => void {
    return live.on('runs', (event) => {
      if (event?.run && this.#knows(event.id)) this.rows.update(event.run, ({ id }) => id === event.id);
      else void this.load(); // another run, one that went, or events that were missed
    });
  }

  #knows(id: string): boolean {
    for (let i = 0; i < this.rows.count; i++) {
      const row = this.rows.at(i);
      if (row?.id === id) return true;
    }
    return false;
  }
}
