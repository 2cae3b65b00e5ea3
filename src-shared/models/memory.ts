import { activationElements, type ActivationElements } from './activations.ts';
import type { Architecture } from './architecture.ts';
import { countParams, paramsOf } from './family-params.ts';
import { sizeOfShape } from './params.ts';
import { trainedNames } from './trained-params.ts';
import { learningBlocks, PLAIN_STEP, type Optimizer, type Precision, type TrainingStep } from './training-step.ts';

/** How it trains is as vit_jax does where it isn't given. */
export interface MemoryNeed extends Partial<TrainingStep> {
  architecture: Architecture;
  mode: 'train' | 'predict';
  /** B, images in one step; of all its devices. */
  batch: number;
  precision: Precision;
  optimizer: Optimizer;
  /** Gradients of several micro-batches are summed before an update. */
  accumulating: boolean;
  /** Where the step runs: on a CPU the program and TensorFlow itself share the memory with it. */
  device: 'gpu' | 'cpu' | 'wasm';
  /** Each of `devices` has memory of its own; otherwise all its parts are in one. */
  apart?: boolean;
  /** What measured steps have taught; 1 without. */
  correction?: number;
}

export interface MemoryItem {
  name: 'weights' | 'gradients' | 'optimizer' | 'ema' | 'activations' | 'workspace' | 'program' | 'engine';
  bytes: number;
}

const FLOAT32 = 4;
const BFLOAT16 = 2;
const MB = 1e6;

/** Bytes of optimizer state a parameter. */
const OPTIMIZER_BYTES: Readonly<Record<Optimizer, number>> = {
  'momentum-bfloat16': BFLOAT16,
  momentum: FLOAT32,
  adam: 2 * FLOAT32,
};

/**
 * Of TensorFlow 2.21's library once it is loaded, and of a compiled program, which grows with the blocks and the ResNet's
 * units it unrolls. Measured on a CPU (Linux x64) with Ti/16 of 6, 12 and 24 blocks and with R26+S/32. Those of a GPU,
 * which holds its driver's context and the kernels instead, and of WASM are guesses.
 */
const ENGINE_BYTES = { cpu: 430 * MB, gpu: 600 * MB, wasm: 150 * MB };
const PROGRAM_BYTES = {
  train: { base: 325 * MB, block: 30 * MB, unit: 107 * MB },
  predict: { base: 137 * MB, block: 3.3 * MB, unit: 53 * MB },
};
/** Of each block for every further pass in a step: SAM's second, those of more towers. Fitted to one step of each. */
const FURTHER_PASS_BYTES = 15 * MB;

/**
 * What one step takes, part by part, bytes; of several devices, what the first takes, which has the weights. Weights,
 * gradients and optimizer follow from the number of parameters, and of those that learn; activations from what the
 * backward pass of our own layers keeps (src-worker/layers), which XLA may undercut or exceed: hence the correction. The
 * part that the correction scales is `activations` and `workspace`. Of bfloat16 it is assumed that a GPU keeps factors of
 * products rounded, as copies where another gradient wants them whole (engine/graph/bfloat16-products.ts), and that what
 * is in passing is float32. On a CPU, which has the copies and little else of it, a step was measured to take more.
 */
export function memoryItems(need: MemoryNeed): MemoryItem[] {
  const step = { ...PLAIN_STEP, ...need };
  const { architecture, mode, precision, accumulating, device, correction = 1 } = need;
  const training = mode === 'train';
  const towers = training ? step.devices : 1;
  const batch = need.batch / (need.apart ? towers : 1);
  const parameters = countParams(architecture);
  const learning = training ? learningParams(architecture, step) : 0;
  const elements = activationElements(architecture, training ? step : null);
  const [height, width] = architecture.imageSize;
  // Lower precision computes with copies of the weights, which stay float32.
  const weights = parameters * (FLOAT32 + (precision === 'bfloat16' ? BFLOAT16 : 0));
  const stateBytes = OPTIMIZER_BYTES[step.optimizer];
  const ema = step.ema ? learning * FLOAT32 : 0;
  // Each tower's wait for the others; sums of micro-batches; SAM's worse point, and for GSAM the gradients before it.
  const gradients = towers + (accumulating ? 1 : 0) + { none: 0, sam: 1, gsam: 2 }[step.sharpness];
  // An update makes clipped gradients, new weights and new state before the old ones go; on a CPU the weights that were
  // loaded linger beside.
  const update = learning * (2 * FLOAT32 + stateBytes) + ema;
  const loaded = device === 'gpu' ? 0 : parameters * FLOAT32;
  // Mixing makes the batch anew.
  const images = batch * height * width * 3 * FLOAT32 * (training && step.mixing ? 2 : 1);
  const items: MemoryItem[] = [
    { name: 'weights', bytes: weights },
    { name: 'gradients', bytes: learning * FLOAT32 * gradients },
    { name: 'optimizer', bytes: learning * stateBytes },
    { name: 'ema', bytes: ema },
    { name: 'activations', bytes: correction * batch * keptBytes(elements, need) },
    { name: 'workspace', bytes: correction * (batch * elements.passing * FLOAT32 + images + update + loaded) },
    { name: 'program', bytes: device === 'cpu' ? programBytes(architecture, training ? step : null) : 0 },
    { name: 'engine', bytes: ENGINE_BYTES[device] },
  ];
  return items.filter(({ bytes }) => bytes > 0).map(({ name, bytes }) => ({ name, bytes: Math.round(bytes) }));
}

/** Of what is kept for one image. */
function keptBytes(
  { kept, factors, both }: ActivationElements,
  { precision, device }: Pick<MemoryNeed, 'precision' | 'device'>,
): number {
  const whole = FLOAT32 * (kept + both);
  if (precision === 'float32') return whole + FLOAT32 * factors;
  return whole + BFLOAT16 * both + (device === 'gpu' ? BFLOAT16 : FLOAT32) * factors;
}

function learningParams(architecture: Architecture, { train, trainBlocks }: TrainingStep): number {
  const specs = paramsOf(architecture);
  const names = trainedNames(architecture, { train, train_blocks: trainBlocks });
  return names.reduce((sum, name) => sum + sizeOfShape(specs.get(name)!.shape), 0);
}

/** Bytes of `activations` and `workspace`, which the correction scales, and of all the rest. */
export function splitMemory(items: readonly MemoryItem[]): { step: number; fixed: number } {
  let step = 0;
  let fixed = 0;
  for (const { name, bytes } of items) {
    if (name === 'activations' || name === 'workspace') step += bytes;
    else fixed += bytes;
  }
  return { step, fixed };
}

/** Blocks that gradients don't reach are unrolled once, as in prediction. */
function programBytes(architecture: Architecture, step: TrainingStep | null): number {
  const { train, predict } = PROGRAM_BYTES;
  const { depth } = architecture;
  const units = architecture.family === 'hybrid' ? architecture.resnet.numLayers.reduce((sum, n) => sum + n, 0) : 0;
  if (!step) return predict.base + predict.block * depth + predict.unit * units;
  const blocks = learningBlocks(architecture, step);
  const unit = step.train === 'all' ? train.unit : predict.unit;
  const further = step.devices * (step.sharpness === 'none' ? 1 : 2) - 1;
  const block = train.block + further * FURTHER_PASS_BYTES;
  return train.base + block * blocks + predict.block * (depth - blocks) + unit * units;
}

/** Share of the free memory up to which a model fits: an estimate that no step has confirmed may be off by this much. */
const ROOM = { estimated: 0.8, measured: 0.9 };

/** fits, or tight (perhaps), or no. */
export function memoryVerdict(
  neededBytes: number,
  freeBytes: number,
  { measured }: { measured: boolean },
): 'fits' | 'tight' | 'no' {
  if (neededBytes <= freeBytes * (measured ? ROOM.measured : ROOM.estimated)) return 'fits';
  return neededBytes <= freeBytes ? 'tight' : 'no';
}
