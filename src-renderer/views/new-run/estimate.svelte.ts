import { countedParams, diskNeed } from '../../../src-shared/config/disk-need.ts';
import { targetArchitecture } from '../../../src-shared/config/target-architecture.ts';
import type { MemoryEstimate } from '../../../src-shared/contract/checkpoints.ts';
import { memoryTaskOf } from '../../../src-shared/contract/memory-task.ts';
import type { RunSummary } from '../../../src-shared/contract/runs.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Architecture } from '../../../src-shared/models/architecture.ts';
import { trainedNames } from '../../../src-shared/models/trained-params.ts';
import type { Api } from '../../api.ts';
import { Loader } from '../../ui/loader.svelte.ts';
import { findRemedies } from './remedies.ts';
import type { Remedy, Sized, SmallerModel } from './remedies.ts';

/** What a run that went on this machine says of the speed of this one. */
export interface KnownSpeed {
  readonly imagesPerSecond: number;
  readonly run: string;
}

/** Fields that a step's speed depends on. */
const SPEED_FIELDS = [
  'batch',
  'accum_steps',
  'pp.crop',
  'vitrine.train',
  'vitrine.train_blocks',
  'vitrine.precision',
  'vitrine.recompute',
  'vitrine.devices',
  'vitrine.optim.sharpness',
];
/** Runs that are read at most. */
const LOOKED_AT = 5;

/** Memory, disk and what is known of the time, of what is chosen now. */
export class Estimate {
  readonly memory = new Loader<MemoryEstimate>();
  readonly remedies = new Loader<readonly Remedy[]>();
  readonly speed = new Loader<KnownSpeed | null>();
  /** Why the configuration isn't one of this checkpoint. */
  misfit = $state.raw<AppError | null>(null);
  neededBytes = $state.raw<number | null>(null);
  readonly #api: Pick<Api, 'checkpoints' | 'runs'>;

  constructor(api: Pick<Api, 'checkpoints' | 'runs'>) {
    this.#api = api;
  }

  /** @param smaller other checkpoints that are here */
  async follow(sized: Sized, smaller: readonly SmallerModel[]): Promise<void> {
    const target = this.#fit(sized);
    if (target === null) return this.clear();
    const { config } = sized;
    this.neededBytes = diskNeed(target, config, countedParams(target, trainedNames(target, config.vitrine))).most;
    await this.memory.load((signal) => this.#api.checkpoints.memory(memoryTaskOf(config, target), { signal }));
    if (this.memory.error === null && this.memory.value?.verdict === 'no') {
      const ask = (of: Sized, signal: AbortSignal): Promise<MemoryEstimate> =>
        this.#api.checkpoints.memory(memoryTaskOf(of.config, fitOf(of)), { signal });
      await this.remedies.load((signal) => findRemedies(sized, smaller, (of) => ask(of, signal)));
    } else {
      this.remedies.stop();
      this.remedies.value = null;
      this.remedies.pending = false;
    }
  }

  /** Looks for a run of the same checkpoint and the same kind of step. */
  async lookForSpeed(config: readonly { path: string; value: unknown }[], runs: readonly RunSummary[]): Promise<void> {
    const wanted = kindOf(config);
    await this.speed.load(async (signal) => {
      for (const { id } of runs.slice(0, LOOKED_AT)) {
        const { config: own, latest, name } = await this.#api.runs.get({ id }, { signal });
        const imagesPerSecond = latest['img_sec_core_train'];
        if (kindOf(own) === wanted && imagesPerSecond) return { imagesPerSecond, run: name };
      }
      return null;
    });
  }

  clear(): void {
    this.memory.stop();
    this.memory.value = null;
    this.memory.error = null;
    this.remedies.stop();
    this.remedies.value = null;
    this.neededBytes = null;
  }

  #fit(sized: Sized): Architecture | null {
    try {
      const target = fitOf(sized);
      this.misfit = null;
      return target;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.misfit = error;
      return null;
    }
  }
}

function fitOf({ config, architecture, classes }: Sized): Architecture {
  return targetArchitecture(config, { architecture }, classes);
}

function kindOf(config: readonly { path: string; value: unknown }[]): string {
  const values = new Map(config.map(({ path, value }) => [path, value]));
  return JSON.stringify(SPEED_FIELDS.map((path) => values.get(path)));
}
