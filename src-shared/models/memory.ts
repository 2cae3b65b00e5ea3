import { activationElements } from './activations.ts';
import type { Architecture } from './architecture.ts';
import { countParams } from './family-params.ts';

export type Precision = 'float32' | 'bfloat16';
/** `momentum-bfloat16` is vit_jax's: SGD whose momentum is kept in bfloat16. */
export type Optimizer = 'momentum-bfloat16' | 'momentum' | 'adam';

export interface MemoryNeed {
  architecture: Architecture;
  mode: 'train' | 'predict';
  /** B, images in one step. */
  batch: number;
  precision: Precision;
  optimizer: Optimizer;
  /** Gradients of several micro-batches are summed before an update. */
  accumulating: boolean;
  /** Where the step runs: on a CPU the program and TensorFlow itself share the memory with it. */
  device: 'gpu' | 'cpu' | 'wasm';
  /** What measured steps have taught; 1 without. */
  correction?: number;
}

export interface MemoryItem {
  name: 'weights' | 'gradients' | 'optimizer' | 'activations' | 'workspace' | 'program' | 'engine';
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

/**
 * What one step takes, part by part, bytes. Weights, gradients and optimizer follow from the number of parameters;
 * activations from what the backward pass of our own layers keeps (src-worker/layers), which XLA may undercut or exceed:
 * hence the correction. The part that the correction scales is `activations` and `workspace`.
 */
export function memoryItems(need: MemoryNeed): MemoryItem[] {
  const { architecture, mode, batch, precision, optimizer, accumulating, device, correction = 1 } = need;
  const parameters = countParams(architecture);
  const training = mode === 'train';
  const size = precision === 'bfloat16' ? BFLOAT16 : FLOAT32;
  const elements = activationElements(architecture, mode);
  const [height, width] = architecture.imageSize;
  // Lower precision computes with copies of the weights, which stay float32.
  const weights = parameters * (FLOAT32 + (precision === 'bfloat16' ? BFLOAT16 : 0));
  const stateBytes = OPTIMIZER_BYTES[optimizer];
  // An update makes clipped gradients, new weights and new state before the old ones go; on a CPU the weights that were
  // loaded linger beside.
  const update = training ? parameters * (2 * FLOAT32 + stateBytes) : 0;
  const loaded = device === 'gpu' ? 0 : parameters * FLOAT32;
  const images = batch * height * width * 3 * FLOAT32;
  const items: MemoryItem[] = [
    { name: 'weights', bytes: weights },
    { name: 'gradients', bytes: training ? parameters * FLOAT32 * (accumulating ? 2 : 1) : 0 },
    { name: 'optimizer', bytes: training ? parameters * stateBytes : 0 },
    { name: 'activations', bytes: correction * batch * elements.kept * size },
    { name: 'workspace', bytes: correction * (batch * elements.passing * size + images + update + loaded) },
    { name: 'program', bytes: device === 'cpu' ? programBytes(architecture, mode) : 0 },
    { name: 'engine', bytes: ENGINE_BYTES[device] },
  ];
  return items.filter(({ bytes }) => bytes > 0).map(({ name, bytes }) => ({ name, bytes: Math.round(bytes) }));
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

function programBytes(architecture: Architecture, mode: 'train' | 'predict'): number {
  const { base, block, unit } = PROGRAM_BYTES[mode];
  const units = architecture.family === 'hybrid' ? architecture.resnet.numLayers.reduce((sum, n) => sum + n, 0) : 0;
  return base + block * architecture.depth + unit * units;
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
