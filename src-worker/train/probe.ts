import type { ProbeInput, ProbeResult } from '../../src-shared/contract/worker.ts';
import { AppError } from '../../src-shared/errors.ts';
import { createProgram } from '../engine/create-program.ts';
import { describeEngine } from '../engine/describe.ts';
import type { Program, ProgramSpec, TensorData } from '../engine/program.ts';
import { loadEngine } from '../engine/runtime.ts';
import { loadParams, predictProgram } from '../models/predict-program.ts';
import { initParams } from './init-params.ts';
import { peakResident, resetPeak } from './peak-memory.ts';
import { PARAMS, trainProgram } from './train-program.ts';

const SEED = 0;
const CLIP = 1;

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
export function specOf({ architecture, mode, batch, accumulating }: ProbeInput): ProgramSpec {
  if (mode === 'predict') return predictProgram({ architecture, batch });
  return trainProgram({
    architecture,
    microBatch: batch,
    accumSteps: accumulating ? 2 : 1,
    gradNormClip: CLIP,
    dropoutRate: 0,
    attentionDropoutRate: 0,
  });
}

/** One step with everything in it; its seconds. */
export async function timedStep(
  program: Program,
  { architecture, mode, batch, accumulating }: ProbeInput,
): Promise<number> {
  const [height, width] = architecture.imageSize;
  const images = new Float32Array(batch * height * width * 3);
  const start = performance.now();
  if (mode === 'predict') {
    await program.call('predict', { images });
  } else {
    const labels = new Float32Array(batch * architecture.numClasses!);
    for (let i = 0; i < batch; i++) labels[i * architecture.numClasses!] = 1;
    const feeds: Record<string, TensorData> = { images, labels, seed: Int32Array.of(SEED, 1) };
    const lr = Float32Array.of(0);
    if (accumulating) {
      await program.call('accumulate', feeds);
      await program.call('apply', { lr });
    } else {
      await program.call('train', { ...feeds, lr });
    }
  }
  return (performance.now() - start) / 1000;
}
