import type { MemoryEstimate, MemoryProbe, MemoryTask } from '../../../src-shared/contract/checkpoints.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { gridOf, patchStride, type Architecture } from '../../../src-shared/models/architecture.ts';
import { memoryItems, memoryVerdict, splitMemory, type MemoryNeed } from '../../../src-shared/models/memory.ts';
import type { Database } from '../../database/open.ts';
import { runWorker } from '../../workers/run-worker.ts';
import type { Checkpoints } from '../checkpoints/service.ts';
import { memoryOf } from './machine-memory.ts';
import { createMeasurements, type MeasuredKind } from './measurements.ts';

/** Where workers of this machine compute, and the environment they need for it. */
export interface WorkerSetup {
  device: MemoryEstimate['device']['kind'];
  environment: NodeJS.ProcessEnv;
}

export interface Memory {
  /** @throws AppError usage (neither checkpoint nor architecture, a size that doesn't go), not_found, bad_checkpoint */
  estimate(task: MemoryTask): Promise<MemoryEstimate>;
  /** Runs one step in a worker and remembers what it took. @throws AppError also engine, out_of_memory, interrupted */
  probe(task: MemoryTask, signal?: AbortSignal): Promise<MemoryProbe>;
}

export interface MemoryOptions {
  database: Database;
  checkpoints: Pick<Checkpoints, 'get'>;
  setup: () => Promise<WorkerSetup>;
  /** What the machine has; tests put their own in its place. */
  machine?: (kind: WorkerSetup['device']) => Promise<MemoryEstimate['device']>;
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
  const estimateFor = async (
    task: MemoryTask,
    architecture: Architecture,
    device: MemoryEstimate['device'],
  ): Promise<MemoryEstimate> => {
    const need = needOf(task, architecture, device.kind);
    const correction = measurements.correction(kindOf(need));
    const items = memoryItems({ ...need, ...(correction ? { correction: correction.factor } : {}) });
    const totalBytes = items.reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      items,
      totalBytes,
      device,
      verdict: memoryVerdict(totalBytes, device.freeBytes, { measured: correction !== null }),
      correction,
      notes: notesOn(need, correction !== null),
    };
  };

  return {
    async estimate(task) {
      const architecture = await architectureOf(task);
      const { device } = await setup();
      return estimateFor(task, architecture, await machine(device));
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
      const estimate = await estimateFor(task, architecture, device);
      const { mode, batch, accumSteps } = task;
      const measured = await runWorker(
        'probe',
        { architecture, mode, batch, accumulating: accumSteps > 1 },
        { environment, ...(signal ? { signal } : {}) },
      );
      // The worker measures what is run today: float32 with vit_jax's optimizer.
      const ran = needOf({ ...task, precision: 'float32', optimizer: 'momentum-bfloat16' }, architecture, kind);
      const { step, fixed } = splitMemory(memoryItems(ran).filter(({ name }) => name !== 'engine'));
      const measuredStep = Math.max(0, measured.stepPeakBytes - fixed);
      measurements.add(kindOf(ran), { architecture, batch, estimatedStep: step, measuredStep });
      const measuredBytes = measured.engineBytes + measured.stepPeakBytes;
      return {
        estimate,
        measuredBytes,
        ratio: measuredBytes / estimate.totalBytes,
        firstSeconds: measured.firstSeconds,
        stepSeconds: measured.stepSeconds,
        corrected: await estimateFor(task, architecture, device),
      };
    },
  };
}

/** The model as the task has it. @throws AppError usage */
function at(architecture: Architecture, { resolution, numClasses, mode }: MemoryTask): Architecture {
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
  return sized;
}

function needOf(task: MemoryTask, architecture: Architecture, device: WorkerSetup['device']): MemoryNeed {
  const { mode, batch, precision, optimizer, accumSteps } = task;
  return { architecture, mode, batch, precision, optimizer, accumulating: accumSteps > 1, device };
}

function kindOf({ device, architecture: { family }, mode, precision }: MemoryNeed): MeasuredKind {
  return { device, family, mode, precision };
}

function notesOn({ device, precision, optimizer, mode }: MemoryNeed, measured: boolean): string[] {
  return [
    ...(device === 'wasm' ? ['On WebAssembly nothing is fused: expect more than this.'] : []),
    ...(device === 'gpu' ? ['The estimate for GPUs has never been held against one.'] : []),
    ...(precision === 'bfloat16' ? ['Steps in bfloat16 are not run yet.'] : []),
    ...(mode === 'train' && optimizer !== 'momentum-bfloat16' ? [`The optimizer ${optimizer} is not run yet.`] : []),
    ...(measured ? [] : ['No step of this kind has been measured on this machine.']),
  ];
}
