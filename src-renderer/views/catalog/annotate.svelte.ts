import type { CatalogCheckpoint } from '../../../src-shared/contract/catalog-rows.ts';
import type { Api } from '../../api.ts';
import { asShown } from '../../ui/loader.svelte.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { strings } from './strings.ts';

const TRAY = 20;

/** The rows that are shown, by name. */
export interface ShownRows {
  find: (name: string) => CatalogCheckpoint | undefined;
  put: (row: CatalogCheckpoint) => void;
}

/** A name with what a person added to it. */
export type Annotated = Pick<CatalogCheckpoint, 'name' | 'starred' | 'tags'>;

type Change = Pick<CatalogCheckpoint, 'starred'> | Pick<CatalogCheckpoint, 'tags'>;

/** What a person does with one name or several: each is shown at once, and taken back where main refuses, or by Undo. */
export class Annotator {
  comparing = $state.raw<readonly string[]>([]);
  readonly #api: Pick<Api, 'catalog' | 'downloads'>;
  readonly #rows: ShownRows;
  /** Counts the changes made here: an answer from before the newest one is out of date. */
  #trayChange = 0;
  #trayWritten: Promise<unknown> = Promise.resolve();

  constructor(api: Pick<Api, 'catalog' | 'downloads'>, rows: ShownRows) {
    this.#api = api;
    this.#rows = rows;
  }

  /** What main has, unless the tray has been changed here since it was asked. */
  async readTray(): Promise<void> {
    const change = this.#trayChange;
    await this.#trayWritten;
    const names = await this.#api.catalog.comparing().catch(() => null);
    if (names !== null && change === this.#trayChange) this.comparing = names;
  }

  /** All get a star; where all have one, none. */
  async star(rows: readonly Annotated[]): Promise<void> {
    const to = !rows.every(({ starred }) => starred);
    const changed = rows.filter(({ starred }) => starred !== to);
    await this.#apply(changed.map(({ name }) => ({ name, change: { starred: to } })));
    const [first] = changed;
    if (!first) return;
    toasts.show(changed.length > 1 ? strings.starredMany(changed.length, to) : strings.starredOne(first.name, to), {
      undo: () => this.#apply(changed.map(({ name }) => ({ name, change: { starred: !to } }))),
    });
  }

  async tag(rows: readonly Annotated[], tag: string): Promise<void> {
    const changed = rows.filter(({ tags }) => !tags.includes(tag));
    await this.#apply(changed.map(({ name, tags }) => ({ name, change: { tags: [...tags, tag] } })));
    toasts.show(strings.tagged(changed.length, tag), {
      undo: () => this.#apply(changed.map(({ name, tags }) => ({ name, change: { tags } }))),
    });
  }

  async untag(name: string, tags: { before: readonly string[]; tag: string }): Promise<void> {
    const set = (to: readonly string[]): Promise<void> => this.#apply([{ name, change: { tags: [...to] } }]);
    await set(tags.before.filter((other) => other !== tags.tag));
    toasts.show(strings.untagged(tags.tag), { undo: () => set(tags.before) });
  }

  async note(name: string, { before, note }: { before: string; note: string }): Promise<void> {
    await this.#try(this.#api.catalog.annotate({ name, note }));
    toasts.show(strings.noted(name), {
      undo: async () => void (await this.#try(this.#api.catalog.annotate({ name, note: before }))),
    });
  }

  /** In or out of the tray; several are all put in. */
  async compare(names: readonly string[]): Promise<void> {
    const [first] = names;
    if (names.length === 1 && this.comparing.includes(first!)) {
      return this.setComparing(this.comparing.filter((name) => name !== first));
    }
    const after = [...this.comparing, ...names.filter((name) => !this.comparing.includes(name))];
    if (after.length > TRAY) return toasts.show(strings.compare.full, { tone: 'bad' });
    await this.setComparing(after);
  }

  async setComparing(names: readonly string[]): Promise<void> {
    const change = ++this.#trayChange;
    const before = this.comparing;
    this.comparing = names;
    // One after the other: main keeps what comes last.
    const written = this.#trayWritten.then(() => this.#api.catalog.compare({ names: [...names] }));
    this.#trayWritten = written.catch(() => {});
    try {
      const now = await written;
      if (change === this.#trayChange) this.comparing = now;
    } catch (error) {
      tell(error);
      if (change !== this.#trayChange) return;
      this.comparing = before;
      await this.readTray(); // what was before may not have been kept either
    }
  }

  async download(names: readonly string[]): Promise<void> {
    let added = 0;
    for (const what of names) {
      try {
        await this.#api.downloads.add({ what });
        added++;
      } catch (error) {
        tell(error);
      }
    }
    if (added > 0) toasts.show(added > 1 ? strings.downloadingMany(added) : strings.downloading(names[0]!));
  }

  async #apply(changes: readonly { name: string; change: Change }[]): Promise<void> {
    const before = changes.map(({ name }) => this.#rows.find(name));
    for (const { name, change } of changes) {
      const row = this.#rows.find(name);
      if (row) this.#rows.put({ ...row, ...change });
    }
    for (const [i, { name, change }] of changes.entries()) {
      const done = await this.#try(this.#api.catalog.annotate({ name, ...change }));
      if (!done && before[i]) this.#rows.put(before[i]);
    }
  }

  async #try(change: Promise<unknown>): Promise<boolean> {
    try {
      await change;
      return true;
    } catch (error) {
      tell(error);
      return false;
    }
  }
}

function tell(error: unknown): void {
  const { message, hint } = asShown(error);
  toasts.show(hint ? `${message} ${hint}` : message, { tone: 'bad' });
}
