import { SvelteSet } from 'svelte/reactivity';
import type { Evaluation } from '../../../src-shared/contract/evaluations.ts';
import type { AppError } from '../../../src-shared/errors.ts';
import type { Api } from '../../api.ts';
import type { Live } from '../../live/live.svelte.ts';
import { asShown } from '../../ui/loader.svelte.ts';
import type { Sorting } from '../../ui/table.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { strings } from './strings.ts';

type Asked = Pick<Api, 'evaluations'>;

/** As long as a toast is there, ms: so long a removal can be taken back. */
const REGRET_MS = 8000;

/** Evaluations on their way out: gone from sight, deleted when nobody takes it back. Kept when the view is left. */
class Removals {
  readonly ids = new SvelteSet<string>();

  begin(api: Asked, { id, checkpoint }: Evaluation): void {
    this.ids.add(id);
    const timer = setTimeout(() => void this.#remove(api, id), REGRET_MS);
    toasts.show(strings.removed(checkpoint.name), {
      undo: () => {
        clearTimeout(timer);
        this.ids.delete(id);
      },
    });
  }

  async #remove(api: Asked, id: string): Promise<void> {
    try {
      await api.evaluations.remove({ id });
    } catch (error) {
      toasts.show(asShown(error).message, { tone: 'bad' });
      this.ids.delete(id);
    }
  }
}

export const removals = new Removals();

/** All evaluations, kept true by the event stream. */
export class EvaluationList {
  text = $state('');
  sorting = $state.raw<Sorting>({ column: 'date', descending: true });
  loaded = $state(false);
  error = $state.raw<AppError | null>(null);
  cursor = $state(0);
  #all = $state.raw<readonly Evaluation[]>([]);
  readonly #api: Asked;
  readonly shown = $derived.by(() => arranged(this.#visible(), this));

  constructor(api: Asked, text: string) {
    this.#api = api;
    this.text = text;
  }

  /** Whether there is none at all. */
  get none(): boolean {
    return this.#visible().length === 0;
  }

  async load(): Promise<void> {
    try {
      this.#all = await this.#api.evaluations.list();
      this.error = null;
      this.loaded = true;
    } catch (error) {
      this.error = asShown(error);
    }
  }

  /** Returns what ends it: the return value of an effect. */
  watch(live: Live): () => void {
    return live.on('evaluation', (event) => {
      if (event === null) return void this.load();
      const { id, state, progress } = event;
      if (state === 'removed') {
        this.#all = this.#all.filter((one) => one.id !== id);
        removals.ids.delete(id);
        return;
      }
      const known = this.#all.find((one) => one.id === id);
      if (known?.state === state) this.#put({ ...known, progress });
      else void this.#read(id);
    });
  }

  async cancel(id: string): Promise<void> {
    try {
      this.#put(await this.#api.evaluations.cancel({ id }));
    } catch (error) {
      toasts.show(asShown(error).message, { tone: 'bad' });
    }
  }

  async #read(id: string): Promise<void> {
    // It may have gone meanwhile; then the next event says so.
    const evaluation = await this.#api.evaluations.get({ id }).catch(() => null);
    if (evaluation) this.#put(evaluation);
  }

  #put(evaluation: Evaluation): void {
    const at = this.#all.findIndex(({ id }) => id === evaluation.id);
    this.#all = at < 0 ? [evaluation, ...this.#all] : this.#all.with(at, evaluation);
  }

  #visible(): readonly Evaluation[] {
    return this.#all.filter(({ id }) => !removals.ids.has(id));
  }
}

/** By column: what it is sorted by; unknown figures last, whichever way. */
const KEYS: Record<string, (evaluation: Evaluation) => string | number | null> = {
  checkpoint: ({ checkpoint }) => checkpoint.name,
  dataset: ({ dataset }) => `${dataset.name} ${dataset.split}`,
  top1: ({ result }) => result?.top1 ?? null,
  ece: ({ result }) => result?.ece ?? null,
  scored: ({ result }) => result?.scored ?? null,
  state: ({ state }) => state,
  date: ({ createdAt }) => createdAt,
};

export function arranged(
  all: readonly Evaluation[],
  { text, sorting }: { text: string; sorting: Sorting },
): readonly Evaluation[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const key = KEYS[sorting.column] ?? KEYS['date']!;
  const sign = sorting.descending ? -1 : 1;
  return all
    .filter(({ checkpoint, dataset, state }) => {
      const said = `${checkpoint.name} ${dataset.name} ${dataset.split} ${strings.states[state]}`.toLowerCase();
      return words.every((word) => said.includes(word));
    })
    .toSorted((a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === null || y === null) return Number(x === null) - Number(y === null);
      if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
      return sign * String(x).localeCompare(String(y), 'en', { numeric: true });
    });
}
