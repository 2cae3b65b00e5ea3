import type { MemoryEstimate, MemoryTask } from '../../../src-shared/contract/checkpoints.ts';
import type { Architecture } from '../../../src-shared/models/architecture.ts';
import { patchStride } from '../../../src-shared/models/architecture.ts';
import type { AppError } from '../../../src-shared/errors.ts';
import type { Api } from '../../api.ts';
import { asShown } from '../../ui/loader.svelte.ts';

/** Of a head that the checkpoint doesn't have. */
export const CLASSES = 1000;
export const BATCHES = [1, 8, 32, 128, 512] as const;
/** Powers of two that the slider offers: up to 1,024. */
export const MOST_DOUBLINGS = 10;
/** ms without a change until it is asked. */
const PAUSE = 120;

export interface Settings {
  readonly mode: MemoryTask['mode'];
  readonly batch: number;
  /** px */
  readonly resolution: number;
  readonly precision: 'float32' | 'bfloat16';
  readonly optimizer: 'momentum-bfloat16' | 'momentum' | 'adam';
}

/** Whether a model fits on this machine, as a person turns batch and resolution. */
export class MemoryQuestion {
  settings = $state.raw<Settings>({
    mode: 'train',
    batch: 32,
    resolution: 224,
    precision: 'float32',
    optimizer: 'momentum-bfloat16',
  });
  estimate = $state.raw<MemoryEstimate | null>(null);
  error = $state.raw<AppError | null>(null);
  /** [resolution][batch]; null where not answered yet, or where the size doesn't go. */
  table = $state.raw<readonly (readonly (MemoryEstimate | null)[])[]>([]);
  readonly resolutions: readonly number[];
  /** px that a step of the resolution is: a patch. */
  readonly stride: number;
  /** It has no head: training is estimated with one of `CLASSES`. */
  readonly assumesHead: boolean;
  readonly #api: Pick<Api, 'checkpoints'>;
  readonly #architecture: Architecture;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | null = null;
  #tableOf = '';

  constructor(api: Pick<Api, 'checkpoints'>, architecture: Architecture) {
    this.#api = api;
    this.#architecture = architecture;
    this.stride = Math.max(...patchStride(architecture));
    const own = architecture.imageSize[0];
    this.settings = { ...this.settings, resolution: own };
    // A Mixer keeps its grid of patches: it takes images of one size only.
    this.resolutions = architecture.family === 'mixer' ? [own] : resolutionsFor(own, this.stride);
    this.assumesHead = architecture.numClasses === null;
  }

  change(change: Partial<Settings>): void {
    this.settings = { ...this.settings, ...change };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.ask(), PAUSE);
  }

  async ask(): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const estimate = await this.#ask(this.settings, abort.signal);
      if (abort.signal.aborted) return;
      this.estimate = estimate;
      this.error = null;
      await this.#askTable(abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) this.error = asShown(error);
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
  }

  /** The rest of the sizes, once for each way of computing. */
  async #askTable(signal: AbortSignal): Promise<void> {
    const { mode, precision, optimizer } = this.settings;
    const of = [mode, precision, optimizer].join();
    if (of === this.#tableOf) return;
    const table = this.resolutions.map((): (MemoryEstimate | null)[] => BATCHES.map(() => null));
    for (const [r, resolution] of this.resolutions.entries()) {
      for (const [b, batch] of BATCHES.entries()) {
        table[r]![b] = await this.#ask({ ...this.settings, resolution, batch }, signal);
        if (signal.aborted) return;
      }
      this.table = table.map((row) => [...row]);
    }
    this.#tableOf = of;
  }

  #ask({ mode, batch, resolution, precision, optimizer }: Settings, signal: AbortSignal): Promise<MemoryEstimate> {
    const architecture = this.#architecture;
    const head = mode === 'train' && this.assumesHead ? { numClasses: CLASSES } : {};
    const task = { architecture, mode, batch, resolution, precision, optimizer, ...head };
    return this.#api.checkpoints.memory(task, { signal });
  }
}

/** The model's own and those it is often used at, as multiples of its patch. */
export function resolutionsFor(own: number, stride: number): number[] {
  const usual = own < 128 ? [own, 2 * own, 4 * own] : [own, 224, 384, 512];
  const fitting = usual.map((px) => Math.max(stride, Math.floor(px / stride) * stride));
  const all = [own, ...fitting].sort((a, b) => a - b);
  return all.filter((px, i) => px !== all[i - 1]);
}
