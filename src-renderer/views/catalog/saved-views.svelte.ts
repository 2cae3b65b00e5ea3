import type { SavedView } from '../../../src-shared/contract/catalog.ts';
import type { Api } from '../../api.ts';
import type { Live } from '../../live/live.svelte.ts';
import { asShown } from '../../ui/loader.svelte.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { USUAL_COLUMNS } from './columns.ts';
import { filterOf, orderOf } from './query.ts';
import type { CatalogQuery } from './query.ts';
import { strings } from './strings.ts';

const KEY = 'catalog.columns';

/** The views that were saved, and the columns that are shown. */
export class SavedViews {
  list = $state.raw<readonly SavedView[]>([]);
  #columns = $state.raw<readonly string[]>(stored());
  readonly #catalog: Pick<Api['catalog'], 'views' | 'saveView' | 'deleteView'>;

  constructor(catalog: Pick<Api['catalog'], 'views' | 'saveView' | 'deleteView'>) {
    this.#catalog = catalog;
  }

  /** Ids. */
  get columns(): readonly string[] {
    return this.#columns;
  }

  set columns(ids: readonly string[]) {
    this.#columns = ids;
    localStorage.setItem(KEY, JSON.stringify(ids));
  }

  toggleColumn(id: string): void {
    const { columns } = this;
    this.columns = columns.includes(id) ? columns.filter((other) => other !== id) : [...columns, id];
  }

  named(name: string): SavedView | undefined {
    return this.list.find((view) => view.name === name);
  }

  /** Whether the view shows something else than was saved. */
  differs(view: SavedView, query: CatalogQuery): boolean {
    const now = { query: questionOf(query), columns: this.columns };
    return canonical(now) !== canonical({ query: view.query, columns: view.columns });
  }

  /** Reads them, now and whenever they change; returns what ends that. */
  watch(live: Live): () => void {
    void this.read();
    return live.on('annotations', () => void this.read());
  }

  async read(): Promise<void> {
    this.list = await this.#catalog.views().catch(() => this.list);
  }

  async save(name: string, query: CatalogQuery): Promise<boolean> {
    const before = this.named(name);
    const done = await this.#try(
      this.#catalog.saveView({ name, query: questionOf(query), columns: [...this.columns] }),
    );
    if (done) {
      toasts.show(strings.views.saved(name), {
        undo: async () =>
          void (await this.#try(before ? this.#catalog.saveView(before) : this.#catalog.deleteView({ name }))),
      });
    }
    return done;
  }

  async remove(view: SavedView): Promise<void> {
    if (!(await this.#try(this.#catalog.deleteView({ name: view.name })))) return;
    toasts.show(strings.views.deleted(view.name), {
      undo: async () => void (await this.#try(this.#catalog.saveView(view))),
    });
  }

  async #try(change: Promise<unknown>): Promise<boolean> {
    try {
      await change;
      await this.read();
      return true;
    } catch (error) {
      toasts.show(asShown(error).message, { tone: 'bad' });
      return false;
    }
  }
}

function questionOf(query: CatalogQuery): SavedView['query'] {
  const { sort } = orderOf(query);
  return { ...filterOf(query), ...(sort ? { sort: { by: sort.by, descending: sort.descending ?? false } } : {}) };
}

/** The same text for the same values, in whatever order they were written. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    const entries = Object.entries(one).filter(
      ([, part]) => typeof part !== 'object' || Object.keys(part as object).length > 0,
    );
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function stored(): readonly string[] {
  try {
    const ids: unknown = JSON.parse(localStorage.getItem(KEY) ?? '');
    if (Array.isArray(ids) && ids.every((id) => typeof id === 'string')) return ids;
  } catch {
    // Nobody has chosen yet.
  }
  return USUAL_COLUMNS;
}
