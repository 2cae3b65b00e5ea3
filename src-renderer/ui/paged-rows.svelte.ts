import { SvelteMap } from 'svelte/reactivity';
import type { Rows } from './table.ts';

export interface Page<Row> {
  total: number;
  rows: readonly Row[];
}

/** Rows in one answer: twice what a screen shows, since a question asked letter by letter waits for each. */
const PAGE = 50;
/** Pages kept: enough for both directions, and never the whole of 50,000 rows. */
const KEPT = 80;

/** Rows of a long list, fetched a page at a time where they come into sight. */
export class PagedRows<Row> implements Rows<Row> {
  #count = $state(0);
  readonly #pages = new SvelteMap<number, readonly Row[]>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn from it
  readonly #asked = new Map<number, AbortController>();
  #fetch: ((offset: number, limit: number, signal: AbortSignal) => Promise<Page<Row>>) | null = null;

  get count(): number {
    return this.#count;
  }

  at(index: number): Row | undefined {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  /** A new list: its first page is here when this resolves; what the old one still waits for is dropped. */
  async reset(fetch: (offset: number, limit: number, signal: AbortSignal) => Promise<Page<Row>>): Promise<void> {
    for (const abort of this.#asked.values()) abort.abort();
    this.#asked.clear();
    this.#fetch = fetch;
    const abort = new AbortController();
    this.#asked.set(0, abort);
    const { total, rows } = await fetch(0, PAGE, abort.signal);
    if (abort.signal.aborted) return;
    this.#asked.delete(0);
    this.#pages.clear();
    this.#pages.set(0, rows);
    this.#count = total;
  }

  /** Fetches what is missing of a range of rows; `onerror` hears of a failure. */
  need(first: number, last: number, onerror: (error: unknown) => void): void {
    const fetch = this.#fetch;
    if (!fetch) return;
    for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) {
      if (this.#pages.has(page) || this.#asked.has(page)) continue;
      const abort = new AbortController();
      this.#asked.set(page, abort);
      fetch(page * PAGE, PAGE, abort.signal)
        .then(({ rows }) => {
          if (!abort.signal.aborted) this.#keep(page, rows);
        })
        .catch((error: unknown) => {
          if (!abort.signal.aborted) onerror(error);
        })
        .finally(() => {
          if (this.#asked.get(page) === abort) this.#asked.delete(page);
        });
    }
  }

  /** The first row that is here and is such. */
  find(isSuch: (row: Row) => boolean): Row | undefined {
    for (const rows of this.#pages.values()) {
      const found = rows.find(isSuch);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Puts a changed row in place of the one with the same key. */
  update(row: Row, isSame: (other: Row) => boolean): void {
    for (const [page, rows] of this.#pages) {
      const at = rows.findIndex(isSame);
      if (at >= 0) this.#pages.set(page, rows.with(at, row));
    }
  }

  #keep(page: number, rows: readonly Row[]): void {
    this.#pages.set(page, rows);
    if (this.#pages.size <= KEPT) return;
    const farthest = [...this.#pages.keys()].reduce((a, b) => (Math.abs(b - page) > Math.abs(a - page) ? b : a));
    this.#pages.delete(farthest);
  }
}
