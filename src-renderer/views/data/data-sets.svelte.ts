import type { Dataset } from '../../../src-shared/contract/datasets.ts';
import type { Api } from '../../api.ts';
import type { Live } from '../../live/live.svelte.ts';
import { asShown, Loader } from '../../ui/loader.svelte.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { strings } from './strings.ts';

/** The library's data sets, kept true by the event stream. */
export class DatasetList {
  readonly loader = new Loader<Dataset[]>();
  readonly #api: Pick<Api, 'datasets'>;

  constructor(api: Pick<Api, 'datasets'>) {
    this.#api = api;
  }

  load(): Promise<void> {
    return this.loader.load((signal) => this.#api.datasets.list(undefined, { signal }));
  }

  /** Returns what ends it: the return value of an effect. */
  watch(live: Live): () => void {
    return live.on('dataset', (event) => {
      const known = this.loader.value?.find(({ id }) => id === event?.id);
      // How far it is comes with the event; all else is read.
      if (event && known && event.state === known.state && event.progress !== null) {
        const { progress } = event;
        this.loader.value = this.loader.value!.map((one) => (one === known ? { ...one, progress } : one));
      } else void this.load();
    });
  }

  async act(work: (datasets: Api['datasets']) => Promise<unknown>): Promise<void> {
    try {
      await work(this.#api.datasets);
    } catch (error) {
      toasts.show(asShown(error).message, { tone: 'bad' });
    }
  }
}

/** Whether it comes back as it was when it is added again: nothing of it lies in the library. */
export function isUndoable({ source, excluded, relabelled }: Dataset): boolean {
  return source === 'folder' && excluded + relabelled === 0;
}

/** Takes a folder off the list; a toast puts it back. */
export async function removeUndoably(
  api: Pick<Api, 'datasets'>,
  { id, name, root, splitSeed }: Dataset,
): Promise<void> {
  await api.datasets.remove({ id });
  toasts.show(strings.list.removed(name), {
    undo: async () => {
      await api.datasets.add({ path: root, name, seed: splitSeed ?? 0 }).catch((error: unknown) => {
        toasts.show(asShown(error).message, { tone: 'bad' });
      });
    },
  });
}
