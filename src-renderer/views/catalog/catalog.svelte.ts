import type { CatalogResult, FacetValue } from '../../../src-shared/contract/catalog.ts';
import type { CatalogCheckpoint, Facet } from '../../../src-shared/contract/catalog-rows.ts';
import type { Api } from '../../api.ts';
import { asShown } from '../../ui/loader.svelte.ts';
import { PagedRows } from '../../ui/paged-rows.svelte.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import type { AppError } from '../../../src-shared/errors.ts';
import { filterOf, orderOf, readQuery, toggled, writeQuery } from './query.ts';
import type { CatalogQuery } from './query.ts';
import { strings } from './strings.ts';

const TRAY = 20;

export interface CatalogOptions {
  api: Pick<Api, 'catalog' | 'downloads'>;
  /** Of the address, when the view opens. */
  search: URLSearchParams;
  onquery: (query: ReturnType<typeof writeQuery>) => void;
}

/** The catalog as a person sees it: one question, its rows and its counts, stars and the compare tray. */
export class CatalogView {
  query = $state.raw<CatalogQuery>({ text: '', where: {}, starred: false, sorting: null });
  facets = $state.raw<CatalogResult['facets']>({});
  total = $state(0);
  /** Of all, whatever is asked. */
  all = $state(0);
  error = $state.raw<AppError | null>(null);
  loaded = $state(false);
  cursor = $state(0);
  comparing = $state.raw<readonly string[]>([]);
  readonly rows = new PagedRows<CatalogCheckpoint>();
  readonly #options: CatalogOptions;
  #asked = 0;

  constructor(options: CatalogOptions) {
    this.#options = options;
    this.query = readQuery(options.search);
  }

  get current(): CatalogCheckpoint | undefined {
    return this.rows.at(this.cursor);
  }

  ask(query: CatalogQuery): void {
    this.query = query;
    this.cursor = 0;
    this.#options.onquery(writeQuery(query));
    void this.load();
  }

  toggle(facet: Facet, value: FacetValue): void {
    this.ask(toggled(this.query, facet, value));
  }

  /** Asks anew: after a change of the question, or of the catalog. The newest answer wins. */
  async load(): Promise<void> {
    const asked = ++this.#asked;
    const { catalog } = this.#options.api;
    const base = { ...filterOf(this.query), ...orderOf(this.query) };
    let first: CatalogResult | null = null;
    try {
      await this.rows.reset(async (offset, limit, signal) => {
        const page = await catalog.search({ ...base, offset, limit, facets: offset === 0 }, { signal });
        if (offset === 0) first = page;
        return page;
      });
    } catch (error) {
      if (asked === this.#asked) this.error = asShown(error);
      return;
    }
    const page = first as CatalogResult | null;
    if (asked !== this.#asked || page === null) return;
    this.facets = page.facets;
    this.total = page.total;
    this.all = Math.max(this.all, page.total);
    this.error = null;
    this.loaded = true;
  }

  need(first: number, last: number): void {
    this.rows.need(first, last, (error) => (this.error = asShown(error)));
  }

  /** Shown at once, taken back when the server refuses, and by Undo. */
  async star({ name, starred }: CatalogCheckpoint): Promise<void> {
    const to = !starred;
    await this.#setStar(name, to);
    toasts.show(to ? strings.starredText(name) : strings.unstarred(name), { undo: () => this.#setStar(name, !to) });
  }

  async #setStar(name: string, starred: boolean): Promise<void> {
    const put = (value: boolean): void => {
      for (let i = 0; i < this.rows.count; i++) {
        const row = this.rows.at(i);
        if (row?.name === name) return this.rows.update({ ...row, starred: value }, (other) => other.name === name);
        if (row === undefined && i > 10_000) return;
      }
    };
    put(starred);
    try {
      await this.#options.api.catalog.annotate({ name, starred });
    } catch (error) {
      put(!starred);
      toasts.show(asShown(error).message, { tone: 'bad' });
    }
  }

  async compare(name: string): Promise<void> {
    const has = this.comparing.includes(name);
    if (!has && this.comparing.length >= TRAY) return toasts.show(strings.compare.full, { tone: 'bad' });
    await this.setComparing(has ? this.comparing.filter((other) => other !== name) : [...this.comparing, name]);
  }

  async setComparing(names: readonly string[]): Promise<void> {
    const before = this.comparing;
    this.comparing = names;
    try {
      this.comparing = await this.#options.api.catalog.compare({ names: [...names] });
    } catch (error) {
      this.comparing = before;
      toasts.show(asShown(error).message, { tone: 'bad' });
    }
  }

  async download(name: string): Promise<void> {
    try {
      await this.#options.api.downloads.add({ what: name });
      toasts.show(strings.downloading(name));
    } catch (error) {
      const { message, hint } = asShown(error);
      toasts.show(hint ? `${message} ${hint}` : message, { tone: 'bad' });
    }
  }

  /** All matching rows as one CSV. */
  async csv(signal: AbortSignal): Promise<Blob> {
    const question = { ...filterOf(this.query), ...orderOf(this.query) };
    const pieces = await this.#options.api.catalog.exportCsv(question, { signal });
    const parts: string[] = [];
    for await (const piece of pieces) parts.push(piece);
    return new Blob(parts, { type: 'text/csv' });
  }
}
