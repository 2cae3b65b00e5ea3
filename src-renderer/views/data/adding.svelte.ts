import type { AppError } from '../../../src-shared/errors.ts';
import type { Dataset, DatasetLook } from '../../../src-shared/contract/datasets.ts';
import type { Api } from '../../api.ts';
import type { Given } from '../../ui/dropped.ts';
import { asShown } from '../../ui/loader.svelte.ts';
import type { Dropped, DropProgress } from './dropped-data.ts';
import { giveData } from './dropped-data.ts';

/** The way of a folder or an archive into the library: given, looked at, and added when a person says so. */
export class Adding {
  open = $state(false);
  progress = $state.raw<DropProgress | null>(null);
  looking = $state(false);
  look = $state.raw<DatasetLook | null>(null);
  error = $state.raw<AppError | null>(null);
  name = $state('');
  path = $state('');
  busy = $state(false);
  #given: Given | null = null;
  #abort = new AbortController();
  readonly #api: Pick<Api, 'datasets' | 'uploads'>;

  constructor(api: Pick<Api, 'datasets' | 'uploads'>) {
    this.#api = api;
  }

  /** An empty dialog, to type a path into. */
  ask(path = ''): void {
    this.#forget();
    this.path = path;
    this.open = true;
    if (path !== '') void this.lookAt({ path });
  }

  async drop(dropped: Dropped): Promise<void> {
    this.#forget();
    this.open = true;
    const { signal } = this.#abort;
    try {
      const { name, ...given } = await giveData(dropped, {
        signal,
        onprogress: (progress) => (this.progress = progress),
      });
      if ('path' in given) this.path = given.path;
      await this.lookAt(given, name);
    } catch (error) {
      if (!signal.aborted) this.error = asShown(error);
    }
    if (!signal.aborted) this.progress = null;
  }

  async lookAt(given: Given, name?: string): Promise<void> {
    const { signal } = this.#abort;
    this.progress = null;
    this.error = null;
    this.look = null;
    this.looking = true;
    try {
      const look = await this.#api.datasets.look(given, { signal });
      if (signal.aborted) return;
      this.#given = given;
      this.look = look;
      this.name = name ?? look.name.replace(/\.zip$/i, '');
    } catch (error) {
      if (!signal.aborted) this.error = asShown(error);
    }
    if (!signal.aborted) this.looking = false;
  }

  /** Null where it failed, and the dialog says why. */
  async add(): Promise<Dataset | null> {
    const given = this.#given;
    if (!given) return null;
    this.busy = true;
    try {
      const name = this.name.trim().slice(0, 200);
      const dataset = await this.#api.datasets.add({ ...given, ...(name === '' ? {} : { name }) });
      this.open = false;
      return dataset;
    } catch (error) {
      this.error = asShown(error);
      return null;
    } finally {
      this.busy = false;
    }
  }

  /** What is under way ends. */
  close(): void {
    this.open = false;
    this.#forget();
  }

  #forget(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#given = null;
    this.progress = null;
    this.looking = false;
    this.look = null;
    this.error = null;
    this.name = '';
    this.path = '';
  }
}
