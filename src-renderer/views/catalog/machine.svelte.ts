import type { Api } from '../../api.ts';
import { architectureOfRow, correctionKey, Fits } from './fit.ts';
import type { FitMachine, FitMode } from './fit.ts';

export const FIT_BATCHES = [1, 8, 32, 128, 512] as const;
const KEY = 'catalog.batch';
const USUAL = 32;

/** A small model of each family, to ask main once what its estimates go by. */
const ASKED = ['Ti/16', 'R+Ti/16', 'Mixer-B/32', 'DeiT-Ti/16'].map((model) =>
  architectureOfRow({ model, resolution: 224, numClasses: null }),
);
const MODES: readonly FitMode[] = ['predict', 'train'];

/** This machine's memory, for the badges that say what fits. */
export class Machine {
  #machine = $state.raw<FitMachine | null>(null);
  #batch = $state(stored());
  readonly fits = $derived(this.#machine && new Fits(this.#machine, this.#batch));

  get device(): FitMachine['device'] | null {
    return this.#machine?.device ?? null;
  }

  /** Images in a step. */
  get batch(): number {
    return this.#batch;
  }

  set batch(batch: number) {
    this.#batch = batch;
    localStorage.setItem(KEY, String(batch));
  }

  /** Free memory changes: read whenever the catalog is gone to. */
  async read(checkpoints: Pick<Api['checkpoints'], 'memory'>): Promise<void> {
    const tasks = ASKED.flatMap((architecture) => (architecture ? MODES.map((mode) => ({ architecture, mode })) : []));
    try {
      const estimates = await Promise.all(tasks.map((task) => checkpoints.memory({ ...task, batch: 1 })));
      const learnt = estimates.flatMap(({ correction }, i): [string, number][] => {
        const { architecture, mode } = tasks[i]!;
        return correction ? [[correctionKey(architecture.family, mode), correction.factor]] : [];
      });
      // eslint-disable-next-line svelte/prefer-svelte-reactivity -- replaced whole, never changed
      this.#machine = { device: estimates[0]!.device, corrections: new Map(learnt) };
    } catch {
      // Without an answer the badges say that it isn't known.
    }
  }
}

function stored(): number {
  const batch = Number(localStorage.getItem(KEY));
  return FIT_BATCHES.find((one) => one === batch) ?? USUAL;
}
