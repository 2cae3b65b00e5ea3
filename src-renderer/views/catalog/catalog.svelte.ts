import { untrack } from 'svelte';
import type { CatalogResult, FacetValue, SavedView } from '../../../src-shared/contract/catalog.ts';
import type { CatalogCheckpoint, Facet } from '../../../src-shared/contract/catalog-rows.ts';
import type { AppError } from '../../../src-shared/errors.ts';
import type { Api } from '../../api.ts';
import type { Live } from '../../live/live.svelte.ts';
import { asShown } from '../../ui/loader.svelte.ts';
import { PagedRows } from '../../ui/paged-rows.svelte.ts';
import type { Rows } from '../../ui/table.ts';
import { Annotator } from './annotate.svelte.ts';
import type { CatalogRow } from './catalog-row.ts';
import { Lineages } from './lineages.svelte.ts';
import { filterOf, NO_QUERY, orderOf, readQuery, toggled, writeQuery } from './query.ts';
import type { CatalogQuery } from './query.ts';

/** Changed rows that are asked for one by one; of more the list is read again. */
const FEW = 20;

const NOTHING: ReadonlySet<string> = new Set();

/** The catalog as a person sees it; it outlives its page, which comes back as it was left. */
export class CatalogView {
  query = $state.raw<CatalogQuery>(NO_QUERY);
  /** The checkpoints on this machine in place of the catalog. */
  here = $state(false);
  /** The name that is looked at beside the table. */
  preview = $state<string | null>(null);
  facets = $state.raw<CatalogResult['facets']>({});
  tags = $state.raw<CatalogResult['tags']>([]);
  total = $state(0);
  /** Of all, whatever is asked. */
  all = $state(0);
  error = $state.raw<AppError | null>(null);
  loaded = $state(false);
  cursor = $state(0);
  selected = $state.raw(NOTHING);
  /** Counts questions: a new one begins at the top of the list. */
  question = $state(0);
  /** px */
  readonly place = { top: 0 };
  readonly paged = new PagedRows<CatalogCheckpoint>();
  readonly lineages: Lineages;
  readonly annotator: Annotator;
  readonly #api: Pick<Api, 'catalog' | 'downloads'>;
  #asked = 0;
  #visible: readonly [number, number] = [0, 0];

  constructor(api: Pick<Api, 'catalog' | 'downloads'>) {
    this.#api = api;
    this.lineages = new Lineages(api.catalog);
    this.annotator = new Annotator(api, { find: (name) => this.find(name), put: (row) => this.#put(row) });
  }

  get rows(): Rows<CatalogRow> {
    return this.query.grouped ? this.lineages : this.paged;
  }

  get current(): CatalogRow | undefined {
    return this.rows.at(this.cursor);
  }

  /** The rows that are chosen, else the one under the cursor: what keys and buttons act on. */
  get chosen(): readonly CatalogCheckpoint[] {
    const chosen = [...this.selected].flatMap((name) => this.find(name) ?? []);
    if (chosen.length > 1) return chosen;
    return this.current && !this.current.group ? [this.current] : [];
  }

  /** What the address says. */
  get address(): Record<string, string | boolean | string[]> {
    return { ...writeQuery(this.query), here: this.here, preview: this.preview ?? '' };
  }

  /** Where the address leads: what it doesn't speak of stays as it was left. */
  visit(search: URLSearchParams): void {
    const keys = [...search.keys()];
    if (keys.length > 0) {
      this.here = search.has('here');
      this.preview = search.get('preview');
    }
    const asked = readQuery(search);
    const speaks = keys.some((key) => key !== 'here' && key !== 'preview');
    if (!speaks || JSON.stringify(writeQuery(asked)) === JSON.stringify(writeQuery(this.query))) return;
    this.ask(asked);
  }

  ask(query: CatalogQuery): void {
    this.query = query;
    this.cursor = 0;
    this.selected = NOTHING;
    this.question++;
    void this.load();
  }

  toggle(facet: Facet, value: FacetValue): void {
    this.ask(toggled(this.query, facet, value));
  }

  /** The question that a saved view keeps. */
  apply({ name, query }: SavedView): void {
    const { text = '', where = {}, ranges = {}, tags = [], starred = false, sort } = query;
    this.ask({
      ...NO_QUERY,
      text,
      where,
      ranges,
      tags,
      starred,
      sorting: sort ? { column: sort.by, descending: sort.descending } : null,
      view: name,
    });
  }

  /** Asks anew: after a change of the question, or of the catalog. The newest answer wins. */
  async load(): Promise<void> {
    const asked = ++this.#asked;
    const { query } = this;
    const base = { ...filterOf(query), ...orderOf(query) };
    let first: CatalogResult | null = null;
    try {
      await Promise.all([
        this.paged.reset(async (offset, limit, signal) => {
          const page = await this.#api.catalog.search({ ...base, offset, limit, facets: offset === 0 }, { signal });
          if (offset === 0) first = page;
          return page;
        }),
        query.grouped ? this.lineages.load(filterOf(query), orderOf(query)) : null,
      ]);
    } catch (error) {
      if (asked === this.#asked) this.error = asShown(error);
      return;
    }
    const page = first as CatalogResult | null;
    if (asked !== this.#asked || page === null) return;
    this.facets = page.facets;
    this.tags = page.tags;
    this.total = page.total;
    this.all = Math.max(this.all, page.total);
    this.error = null;
    this.loaded = true;
    this.need(...this.#visible);
  }

  need(first: number, last: number): void {
    this.#visible = [first, last];
    if (!this.query.grouped) this.paged.need(first, last, (error) => (this.error = asShown(error)));
  }

  /** Keeps it true while its page is shown; returns what ends that. */
  watch(live: Live): () => void {
    // What is asked is read here and must not start the watching anew.
    untrack(() => {
      void this.annotator.readTray();
      if (this.loaded || this.#asked === 0) void this.load();
    });
    const stops = [
      live.on('catalog', () => void this.load()),
      live.on('annotations', (event) => {
        void this.annotator.readTray();
        const names = event?.names ?? null;
        if (names === null || names.length > FEW) void this.load();
        else for (const name of names) void this.#refresh(name);
      }),
    ];
    return () => stops.forEach((stop) => stop());
  }

  find(name: string): CatalogCheckpoint | undefined {
    return this.paged.find((row) => row.name === name) ?? this.lineages.find(name);
  }

  async #refresh(name: string): Promise<void> {
    if (!this.find(name)) return;
    const detail = await this.#api.catalog.show({ name }).catch(() => null);
    if (detail?.checkpoint) this.#put(detail.checkpoint);
  }

  #put(row: CatalogCheckpoint): void {
    this.paged.update(row, ({ name }) => name === row.name);
    this.lineages.update(row);
  }

  /** All matching rows as one CSV. */
  async csv(signal: AbortSignal): Promise<Blob> {
    const question = { ...filterOf(this.query), ...orderOf(this.query) };
    const pieces = await this.#api.catalog.exportCsv(question, { signal });
    const parts: string[] = [];
    for await (const piece of pieces) parts.push(piece);
    return new Blob(parts, { type: 'text/csv' });
  }
}
