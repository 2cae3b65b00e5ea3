import type { ProbeInput, ProbeResult } from '../../src-shared/contract/worker.ts';
import { AppError } from '../../src-shared/errors.ts';
import { trainedNames } from '../../src-shared/models/trained-params.ts';
import { PLAIN_STEP } from '../../src-shared/models/training-step.ts';
import { createProgram } from '../engine/create-program.ts';
import { describeEngine } from '../engine/describe.ts';
import type { Program, ProgramSpec, TensorData } from '../engine/program.ts';
import { loadEngine } from '../engine/runtime.ts';
import { loadParams, predictProgram } from '../models/predict-program.ts';
import { adam } from './adam.ts';
import { initParams } from './init-params.ts';
import { mixFeed } from './mix.ts';
import { peakResident, resetPeak } from './peak-memory.ts';
import { sgd } from './sgd-momentum.ts';
import { checkTrainable } from './start.ts';
import { PARAMS, trainProgram } from './train-program.ts';

const SEED = 0;
const CLIP = 1;
// Values that memory doesn't depend on; none may be the one that turns something off.
const RATE = 0.1;
const EMA = 0.99;
const SHARPNESS = { rho: 0.05, alpha: 0.4, maxRate: 1 };
const ADAM = { b1: 0.9, b2: 0.999, eps: 1e-8 };

/**
 * Runs two steps of a model on made-up images and says what resident memory they took. The first step compiles; the
 * second is what a long run needs. In a process of its own, as every job.
 * @throws AppError usage (nothing to train), engine
 */
export async function probe(input: ProbeInput): Promise<ProbeResult> {
  const { architecture, mode } = input;
  if (mode === 'train' && architecture.numClasses === null) {
    throw new AppError('usage', 'A model without a head has no loss: say how many classes to train.');
  }
  const engine = await loadEngine();
  if (mode === 'train') checkTrainable(engine, architecture);
  const engineBytes = process.memoryUsage.rss();
  const program = await createProgram(engine, specOf(input));
  try {
    await loadParams(program, initParams(architecture, SEED), mode === 'train' ? PARAMS : '');
    const first = await timedStep(program, input);
    const firstPeak = peakResident();
    globalThis.gc?.();
    const counted = resetPeak();
    const second = await timedStep(program, input);
    return {
      engineBytes,
      firstPeakBytes: Math.max(0, firstPeak - engineBytes),
      stepPeakBytes: Math.max(0, (counted ? peakResident() : firstPeak) - engineBytes),
      firstSeconds: first,
      stepSeconds: second,
      engine: describeEngine(engine),
    };
  } finally {
    program.dispose();
  }
}

/** The program whose step is measured. */
export function specOf({ architecture, mode, batch, accumulating, step = PLAIN_STEP }: ProbeInput): ProgramSpec {
  if (mode === 'predict') return predictProgram({ architecture, batch });
  const { sharpness, dropout, precision, recompute, devices, mixing } = step;
  return trainProgram({
    architecture,
    microBatch: batch,
    accumSteps: accumulating ? 2 : 1,
    gradNormClip: CLIP,
    // The trainer has no momentum in float32: it is bfloat16 here as there.
    optimizer: step.optimizer === 'adam' ? adam(ADAM) : sgd,
    trained: trainedNames(architecture, { train: step.train, train_blocks: step.trainBlocks }),
    ...(sharpness === 'none' ? {} : { sharpness: { kind: sharpness, ...SHARPNESS } }),
    ema: step.ema ? EMA : 0,
    dropoutRate: dropout.hidden ? RATE : 0,
    attentionDropoutRate: dropout.attention ? RATE : 0,
    mixing,
    precision,
    recompute,
    devices,
  });
}

/** One step with everything in it; its seconds. */
export async function timedStep(program: Program, input: ProbeInput): Promise<number> {
  const { architecture, mode, batch, accumulating, step = PLAIN_STEP } = input;
  const [height, width] = architecture.imageSize;
  const images = new Float32Array(batch * height * width * 3);
  const start = performance.now();
  if (mode === 'predict') {
    await program.call('predict', { images });
  } else {
    const labels = new Float32Array(batch * architecture.numClasses!);
    for (let i = 0; i < batch; i++) labels[i * architecture.numClasses!] = 1;
    const feeds: Record<string, TensorData> = { images, labels, seed: Int32Array.of(SEED, 1) };
    if (step.mixing) feeds['mix'] = mixFeed({ label: 0.5, outside: 0.5, inside: 0.5, box: [0, 0, 0, 0] });
    const lr = Float32Array.of(0);
    if (accumulating) {
      await program.call('accumulate', step.sharpness === 'gsam' ? { ...feeds, lr } : feeds);
      await program.call('apply', { lr });
    } else {
      await program.call('train', { ...feeds, lr });
    }
  }
  return (performance.now() - start) / 1000;
}
