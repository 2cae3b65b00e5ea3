import { SvelteMap } from 'svelte/reactivity';
import type { CacheName, StoragePart } from '../../../src-shared/contract/library.ts';
import { CACHES } from '../../../src-shared/contract/library.ts';
import type { AppError } from '../../../src-shared/errors.ts';
import type { Api } from '../../api.ts';
import { asShown } from '../../ui/loader.svelte.ts';

/** One line of the table: a kind of thing, or one cache. */
export interface StorageRow {
  readonly id: string;
  readonly kind: StoragePart['kind'];
  readonly cache: string | null;
  /** Where it lies; of several parts the first. */
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  readonly complete: boolean;
}

/** What the library takes of the disk, counted while one looks. */
export class StorageView {
  readonly #parts = new SvelteMap<string, StoragePart>();
  counting = $state(false);
  error = $state.raw<AppError | null>(null);
  readonly #api: Pick<Api, 'library'>;
  #abort: AbortController | null = null;

  constructor(api: Pick<Api, 'library'>) {
    this.#api = api;
  }

  /** Parts of a kind together, the largest first; caches each for itself. */
  get rows(): readonly StorageRow[] {
    return rowsOf([...this.#parts.values()]);
  }

  get total(): { files: number; bytes: number } {
    let [files, bytes] = [0, 0];
    for (const part of this.#parts.values()) {
      files += part.files;
      bytes += part.bytes;
    }
    return { files, bytes };
  }

  /** Counts anew; figures of before stay until the new ones come. */
  async count(): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.counting = true;
    this.error = null;
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn from it
    const seen = new Set<string>();
    try {
      const parts = await this.#api.library.storage(undefined, { signal: abort.signal });
      for await (const part of parts) {
        if (abort.signal.aborted) return;
        seen.add(part.path);
        this.#parts.set(part.path, part);
      }
      for (const path of this.#parts.keys()) if (!seen.has(path)) this.#parts.delete(path);
    } catch (error) {
      if (abort.signal.aborted) return;
      this.error = asShown(error);
    }
    this.counting = false;
  }

  stop(): void {
    this.#abort?.abort();
    this.counting = false;
  }

  /** @returns what was freed */
  async clean(caches: readonly CacheName[]): Promise<{ files: number; bytes: number }> {
    const cleaned = await this.#api.library.clean({ caches: [...caches] });
    await this.count();
    return {
      files: cleaned.reduce((sum, { files }) => sum + files, 0),
      bytes: cleaned.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }
}

export function isCache(name: string | null): name is CacheName {
  return CACHES.some((known) => known === name);
}

export function rowsOf(parts: readonly StoragePart[]): StorageRow[] {
  const groups = Object.groupBy(parts, ({ kind, cache }) => (cache === null ? kind : `cache ${cache}`));
  const rows = Object.entries(groups).map(([id, group = []]) => ({
    id,
    kind: group[0]!.kind,
    cache: group[0]!.cache,
    path: group[0]!.path,
    files: group.reduce((sum, { files }) => sum + files, 0),
    bytes: group.reduce((sum, { bytes }) => sum + bytes, 0),
    complete: group.every(({ complete }) => complete),
  }));
  const order = ({ cache }: StorageRow): number => (cache === null ? 0 : 1);
  return rows.sort((a, b) => order(a) - order(b) || b.bytes - a.bytes);
}
