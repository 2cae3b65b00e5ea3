import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { CatalogFilter, CatalogSearch, Lineage } from '../../../src-shared/contract/catalog.ts';
import type { CatalogCheckpoint } from '../../../src-shared/contract/catalog-rows.ts';
import type { Api } from '../../api.ts';
import type { Rows } from '../../ui/table.ts';
import { groupRow } from './catalog-row.ts';
import type { CatalogRow } from './catalog-row.ts';

/** Most fine-tunes of a pre-training that are listed: AugReg's have 68. */
const MOST = 1000;

/** Pre-trainings, and below those that are open their fine-tunes that match. */
export class Lineages implements Rows<CatalogRow> {
  readonly open = new SvelteSet<string>();
  #lineages = $state.raw<readonly Lineage[]>([]);
  readonly #finetunes = new SvelteMap<string, readonly CatalogCheckpoint[]>();
  readonly #catalog: Pick<Api['catalog'], 'lineages' | 'search'>;
  #question: CatalogFilter & Pick<CatalogSearch, 'sort'> = {};
  #asked = 0;

  readonly #rows = $derived.by((): CatalogRow[] =>
    this.#lineages.flatMap((lineage) => {
      const { name } = lineage.pretraining;
      const below = this.open.has(name) ? (this.#finetunes.get(name) ?? []) : [];
      return [groupRow(lineage, this.open.has(name)), ...below.map((row) => ({ ...row, below: true }))];
    }),
  );

  constructor(catalog: Pick<Api['catalog'], 'lineages' | 'search'>) {
    this.#catalog = catalog;
  }

  get count(): number {
    return this.#rows.length;
  }

  /** Pre-trainings. */
  get groups(): number {
    return this.#lineages.length;
  }

  at(index: number): CatalogRow | undefined {
    return this.#rows[index];
  }

  find(name: string): CatalogRow | undefined {
    return this.#rows.find((row) => row.name === name && !row.group);
  }

  /** Asks anew; what was open stays open. */
  async load(filter: CatalogFilter, order: Pick<CatalogSearch, 'sort'>): Promise<void> {
    const asked = ++this.#asked;
    this.#question = { ...filter, ...order };
    const lineages = await this.#catalog.lineages(filter);
    const open = lineages.map(({ pretraining }) => pretraining.name).filter((name) => this.open.has(name));
    const finetunes = await Promise.all(open.map((name) => this.#finetunesOf(name)));
    if (asked !== this.#asked) return;
    this.#finetunes.clear();
    open.forEach((name, i) => this.#finetunes.set(name, finetunes[i]!));
    this.#lineages = lineages;
  }

  async toggle(name: string): Promise<void> {
    if (this.open.delete(name)) return;
    const asked = this.#asked;
    const finetunes = await this.#finetunesOf(name);
    if (asked !== this.#asked) return;
    this.#finetunes.set(name, finetunes);
    this.open.add(name);
  }

  update(row: CatalogCheckpoint): void {
    const rows = this.#finetunes.get(row.pretraining);
    if (rows)
      this.#finetunes.set(
        row.pretraining,
        rows.map((other) => (other.name === row.name ? row : other)),
      );
  }

  async #finetunesOf(pretraining: string): Promise<readonly CatalogCheckpoint[]> {
    const { rows } = await this.#catalog.search({ ...this.#question, pretraining, limit: MOST, facets: false });
    return rows;
  }
}
