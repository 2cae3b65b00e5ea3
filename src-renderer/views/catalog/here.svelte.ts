import type { Checkpoint } from '../../../src-shared/contract/checkpoints.ts';
import { architectureTitle } from '../../../src-shared/models/architecture-title.ts';
import type { Api } from '../../api.ts';
import type { Live } from '../../live/live.svelte.ts';
import { give } from '../../ui/dropped.ts';
import { asShown, Loader } from '../../ui/loader.svelte.ts';
import type { Rows } from '../../ui/table.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { strings } from './strings.ts';

/** The checkpoints on this machine. */
export class HereList implements Rows<Checkpoint> {
  readonly list = new Loader<readonly Checkpoint[]>();
  text = $state('');
  cursor = $state(0);
  /** The file that is being taken in. */
  importing = $state<string | null>(null);
  readonly place = { top: 0 };
  readonly #api: Pick<Api, 'checkpoints' | 'samples'>;

  readonly #shown = $derived.by((): readonly Checkpoint[] => {
    const words = this.text.toLowerCase().split(/\s+/);
    return (this.list.value ?? []).filter((checkpoint) => {
      const text = `${checkpoint.path} ${titleOf(checkpoint)} ${checkpoint.origin} ${checkpoint.state}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  });

  constructor(api: Pick<Api, 'checkpoints' | 'samples'>) {
    this.#api = api;
  }

  get count(): number {
    return this.#shown.length;
  }

  at(index: number): Checkpoint | undefined {
    return this.#shown[index];
  }

  readonly load = (): Promise<void> =>
    this.list.load(async (signal) => (await this.#api.checkpoints.list(undefined, { signal })).checkpoints);

  watch(live: Live): () => void {
    void this.load();
    return live.on('checkpoint', () => void this.load());
  }

  /** A file, or every checkpoint of a folder. */
  async import(what: { path: string } | { upload: string }, name: string): Promise<void> {
    this.importing = name;
    try {
      const { added, known, failed } = await this.#api.checkpoints.import(what);
      if (added.length > 0) toasts.show(strings.here.added(added.length));
      else if (known.length > 0) toasts.show(strings.here.known(name));
      for (const { path, failure } of failed) {
        toasts.show(strings.here.failed(lastPart(path), failure.message), { tone: 'bad' });
      }
    } catch (error) {
      const { message, hint } = asShown(error);
      toasts.show(hint ? `${message} ${hint}` : message, { tone: 'bad' });
    }
    this.importing = null;
  }

  async drop(files: Iterable<File>): Promise<void> {
    for (const file of files) {
      this.importing = file.name;
      try {
        await this.import(await give(file), file.name);
      } catch (error) {
        toasts.show(strings.here.failed(file.name, asShown(error).message), { tone: 'bad' });
        this.importing = null;
      }
    }
  }

  async addSample(): Promise<void> {
    try {
      await this.#api.samples.add();
      await this.load();
    } catch (error) {
      toasts.show(asShown(error).message, { tone: 'bad' });
    }
  }

  async rescan(): Promise<void> {
    try {
      const { added, changed, missing } = await this.#api.checkpoints.rescan();
      toasts.show(strings.here.rescanned(added.length, changed.length, missing.length));
      await this.load();
    } catch (error) {
      toasts.show(asShown(error).message, { tone: 'bad' });
    }
  }
}

/** What a checkpoint is, in a few words; null where it isn't known. */
export function titleOf({ architecture, variant, isLit }: Checkpoint): string | null {
  if (architecture) return architectureTitle(architecture, variant);
  return isLit ? 'LiT' : variant;
}

export function lastPart(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}
