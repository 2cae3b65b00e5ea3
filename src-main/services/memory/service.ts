import type { MemoryEstimate, MemoryProbe, MemoryTask } from '../../../src-shared/contract/checkpoints.ts';
import type { ProbeResult } from '../../../src-shared/contract/worker.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { gridOf, patchStride, type Architecture } from '../../../src-shared/models/architecture.ts';
import { memoryItems, memoryVerdict, splitMemory, type MemoryNeed } from '../../../src-shared/models/memory.ts';
import { PLAIN_STEP, type TrainingStep } from '../../../src-shared/models/training-step.ts';
import type { Database } from '../../database/open.ts';
import { runWorker } from '../../workers/run-worker.ts';
import type { Checkpoints } from '../checkpoints/service.ts';
import { findParts, type FindPartsOptions, type FoundParts, type RunToFit } from './find-parts.ts';
import { memoryOf } from './machine-memory.ts';
import { createMeasurements, type MeasuredKind } from './measurements.ts';

/** Where workers of this machine compute, and the environment they need for it. */
export interface WorkerSetup {
  device: MemoryEstimate['device']['kind'];
  /** GPUs that a worker sees. */
  gpus: number;
  environment: NodeJS.ProcessEnv;
}

/** @returns null where any number does */
export type FindParts = (run: RunToFit, options: FindPartsOptions) => Promise<FoundParts | null>;

export interface Memory {
  /** @throws AppError usage (neither checkpoint nor architecture, a size that doesn't go), not_found, bad_checkpoint */
  estimate(task: MemoryTask): Promise<MemoryEstimate>;
  /** Runs one step in a worker and remembers what it took. @throws AppError also engine, out_of_memory, interrupted */
  probe(task: MemoryTask, signal?: AbortSignal): Promise<MemoryProbe>;
  /**
   * Parts that the batch of a run must be computed in to fit into the memory that is free, tried out by a step.
   * @throws AppError out_of_memory where none fit; as the run itself would be refused
   */
  findParts: FindParts;
}

export interface MemoryOptions {
  database: Database;
  checkpoints: Pick<Checkpoints, 'get'>;
  setup: () => Promise<WorkerSetup>;
  /** What the machine has; tests put their own in its place. */
  machine?: (kind: WorkerSetup['device'], gpu?: number) => Promise<MemoryEstimate['device']>;
}

/** Says what a model's step takes and whether it fits, and learns from steps that were measured. */
export function createMemory({ database, checkpoints, setup, machine = memoryOf }: MemoryOptions): Memory {
  const measurements = createMeasurements(database);

  const architectureOf = async (task: MemoryTask): Promise<Architecture> => {
    if (task.architecture) return at(task.architecture, task);
    if (task.checkpoint === undefined) throw new AppError('usage', 'Give a checkpoint or an architecture.');
    const { checkpoint } = await checkpoints.get(task.checkpoint);
    if (checkpoint.architecture) return at(checkpoint.architecture, task);
    throw new AppError('bad_checkpoint', `The memory of ${checkpoint.path} can't be estimated.`, {
      hint: checkpoint.isLit ? 'It is an image and text model.' : checkpoint.problem?.message,
    });
  };
  const itemsOf = (need: MemoryNeed) => {
    const correction = measurements.correction(kindOf(need));
    const items = memoryItems({ ...need, ...(correction ? { correction: correction.factor } : {}) });
    return { items, totalBytes: items.reduce((sum, { bytes }) => sum + bytes, 0), correction };
  };
  const estimateFor = (need: MemoryNeed, device: MemoryEstimate['device']): MemoryEstimate => {
    const { items, totalBytes, correction } = itemsOf(need);
    const verdict = memoryVerdict(totalBytes, device.freeBytes, { measured: correction !== null });
    return { items, totalBytes, device, verdict, correction, notes: notesOn(need, correction !== null) };
  };

  /** Runs a step in a worker and learns from it. */
  const measure = async (
    need: MemoryNeed,
    { environment, signal }: { environment: NodeJS.ProcessEnv; signal?: AbortSignal | undefined },
  ): Promise<ProbeResult> => {
    const { architecture, mode, batch, accumulating } = need;
    const measured = await runWorker(
      'probe',
      { architecture, mode, batch, accumulating, step: stepOf(need) },
      { environment, ...(signal ? { signal } : {}) },
    );
    const { step, fixed } = splitMemory(memoryItems(need).filter(({ name }) => name !== 'engine'));
    const measuredStep = Math.max(0, measured.stepPeakBytes - fixed);
    measurements.add(kindOf(need), { architecture, batch, estimatedStep: step, measuredStep });
    return measured;
  };

  return {
    async estimate(task) {
      const architecture = await architectureOf(task);
      const { device } = await setup();
      return estimateFor(needOf(task, architecture, device), await machine(device));
    },
    async probe(task, signal) {
      const architecture = await architectureOf(task);
      const { device: kind, environment } = await setup();
      if (kind === 'gpu') {
        throw new AppError('engine', "A step's memory can be measured on the CPU only, so far.", {
          hint: 'The estimate stands; VITRINE_ENGINE_DIR may name a CPU engine to measure with.',
        });
      }
      const device = await machine(kind);
      const need = needOf(task, architecture, kind);
      const estimate = estimateFor(need, device);
      const measured = await measure(runNeed(need), { environment, signal });
      const measuredBytes = measured.engineBytes + measured.stepPeakBytes;
      return {
        estimate,
        measuredBytes,
        ratio: measuredBytes / estimate.totalBytes,
        firstSeconds: measured.firstSeconds,
        stepSeconds: measured.stepSeconds,
        corrected: estimateFor(need, device),
      };
    },
    async findParts(run, options) {
      const { device, gpus } = await setup();
      const gpu = /^gpu:(\d+)$/.exec(options.device ?? '')?.[1];
      return findParts(
        run,
        {
          // A run that was given one GPU sees no other.
          place: { device, apart: device === 'gpu' && gpu === undefined && gpus >= run.config.vitrine.devices },
          free: async () => (await machine(device, gpu === undefined ? undefined : Number(gpu))).freeBytes,
          estimate(need) {
            const { totalBytes, correction } = itemsOf(need);
            return { bytes: totalBytes, measured: correction !== null };
          },
          async measure(need) {
            const { engineBytes, firstPeakBytes, stepPeakBytes } = await measure(need, options);
            return engineBytes + Math.max(firstPeakBytes, stepPeakBytes);
          },
        },
        options,
      );
    },
  };
}

/** The model as the task has it. @throws AppError usage */
function at(architecture: Architecture, task: MemoryTask): Architecture {
  const { resolution, numClasses, mode, batch, devices } = task;
  const sized = {
    ...architecture,
    ...(resolution === undefined ? {} : { imageSize: [resolution, resolution] as const }),
    ...(numClasses === undefined ? {} : { numClasses }),
  };
  if (gridOf(sized).some((patches) => patches < 1)) {
    throw new AppError(
      'usage',
      `${resolution} px is smaller than the model's patch of ${patchStride(sized).join(' x ')} px.`,
    );
  }
  if (sized.family === 'mixer' && String(gridOf(sized)) !== String(gridOf(architecture))) {
    throw new AppError(
      'usage',
      `An MLP-Mixer keeps its grid of patches: it takes ${architecture.imageSize.join(' x ')} px only.`,
    );
  }
  if (mode === 'train' && sized.numClasses === null) {
    throw new AppError('usage', 'The checkpoint has no head: say how many classes to train.', {
      hint: 'Give numClasses.',
    });
  }
  if (batch % devices !== 0)
    throw new AppError('usage', `${batch} images can't be split evenly over ${devices} devices.`);
  return sized;
}

function needOf(task: MemoryTask, architecture: Architecture, device: WorkerSetup['device']): MemoryNeed {
  const { mode, batch, precision, optimizer, accumSteps, train, trainBlocks, ema } = task;
  const { sharpness, recompute, devices, dropout, mixing } = task;
  const step = { precision, optimizer, train, trainBlocks, ema, sharpness, recompute, devices, dropout, mixing };
  return { ...step, architecture, mode, batch, accumulating: accumSteps > 1, device };
}

/** What is run of it: predictions are float32, and momentum is bfloat16. */
function runNeed(need: MemoryNeed): MemoryNeed {
  return {
    ...need,
    ...(need.mode === 'predict' ? { precision: 'float32' } : {}),
    ...(need.optimizer === 'momentum' ? { optimizer: 'momentum-bfloat16' } : {}),
  };
}

function stepOf(need: MemoryNeed): TrainingStep {
  const { precision, optimizer, train, trainBlocks, ema, sharpness, recompute, devices, dropout, mixing } = {
    ...PLAIN_STEP,
    ...need,
  };
  return { precision, optimizer, train, trainBlocks, ema, sharpness, recompute, devices, dropout, mixing };
}

/** Steps that keep other things for their gradients don't teach about one another. */
function kindOf(need: MemoryNeed): MeasuredKind {
  const { device, architecture, mode, precision } = need;
  const { train, recompute, sharpness, devices, dropout } = stepOf(need);
  const traits = [
    train === 'all' ? '' : train,
    recompute ? 'recompute' : '',
    sharpness === 'none' ? '' : 'sharpness',
    devices === 1 ? '' : 'devices',
    dropout.hidden || dropout.attention ? 'dropout' : '',
  ].filter((trait) => trait !== '');
  return {
    device,
    family: architecture.family,
    mode: [mode, ...(mode === 'train' ? traits : [])].join(' '),
    precision,
  };
}

const BFLOAT16_NOTE = {
  gpu: 'Of bfloat16 it is assumed that only what products alone take is kept smaller.',
  cpu: 'On a CPU bfloat16 takes no less memory than float32.',
};

function notesOn({ device, precision, optimizer, mode }: MemoryNeed, measured: boolean): string[] {
  return [
    ...(device === 'wasm' ? ['On WebAssembly nothing is fused: expect more than this.'] : []),
    ...(device === 'gpu' ? ['The estimate for GPUs has never been held against one.'] : []),
    ...(precision === 'bfloat16' && mode === 'predict' ? ['Predictions are computed in float32.'] : []),
    ...(precision === 'bfloat16' && mode === 'train' ? [BFLOAT16_NOTE[device === 'gpu' ? 'gpu' : 'cpu']] : []),
    ...(mode === 'train' && optimizer === 'momentum' ? ['Momentum is kept in bfloat16, not in float32.'] : []),
    ...(measured ? [] : ['No step of this kind has been measured on this machine.']),
  ];
}
