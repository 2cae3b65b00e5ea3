import { sizeOfShape } from '../../src-shared/models/params.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { arbitrary, arbitraryState, type Step } from '../engine/compare-modes.ts';
import type { Program, ProgramSpec, TensorData } from '../engine/program.ts';
import type { TrainProgramOptions } from './train-program.ts';
import { PARAMS, statesToKeep } from './train-program.ts';

/** A call of a method. */
type MethodStep = Extract<Step, { method: string }>;

/** Images in a batch of what the tests of training feed. */
export const BATCH = 4;

/** A program's options with nothing special about them. */
export function plainOptions(architecture: Architecture): TrainProgramOptions {
  return {
    architecture,
    microBatch: BATCH,
    accumSteps: 1,
    gradNormClip: 1,
    dropoutRate: 0,
    attentionDropoutRate: 0,
  };
}

/** A made-up batch, another one for each seed. */
export function batchFor(
  { imageSize, numClasses }: Architecture,
  seed: number,
): { images: Float32Array; labels: Float32Array; seed: Int32Array } {
  const classes = numClasses!;
  const labels = new Float32Array(BATCH * classes);
  for (let i = 0; i < BATCH; i++) labels[i * classes + ((i * seed) % classes)] = 1;
  return { images: arbitrary(BATCH * 3 * imageSize[0] * imageSize[1], seed), labels, seed: Int32Array.of(seed, 1) };
}

export function trainStep(architecture: Architecture, seed: number, rate = 0.05): MethodStep {
  return { method: 'train', feeds: { ...batchFor(architecture, seed), lr: Float32Array.of(rate) } };
}

/** Arbitrary parameters; everything else as before the first update. */
export function startOf(spec: ProgramSpec): Map<string, TensorData> {
  return new Map([...arbitraryState(spec, 5)].filter(([name]) => name.startsWith(PARAMS)));
}

/**
 * All states after three updates of a run that never stopped, and of one that was taken up again after the first from
 * what is kept. Disposes the program.
 */
export async function stopAndResume(
  program: Program,
  step: (seed: number) => MethodStep,
): Promise<Record<'whole' | 'resumed', [string, TensorData][]>> {
  const run = async (...seeds: number[]): Promise<void> => {
    for (const { method, feeds } of seeds.map(step)) await program.call(method, feeds);
  };
  const { spec } = program;
  await program.writeState(startOf(spec));
  await run(1);
  const kept = await program.readState(statesToKeep(spec));
  await run(2, 3);
  const whole = await program.readState();
  await program.writeState(arbitraryState(spec, 77)); // nothing of it may matter
  const sums = Object.keys(spec.state).filter((name) => !kept.has(name));
  await program.writeState(new Map(sums.map((name) => [name, new Float32Array(sizeOfShape(spec.state[name]!.shape))])));
  await program.writeState(kept);
  await run(2, 3);
  const resumed = await program.readState();
  program.dispose();
  return { whole: [...whole], resumed: [...resumed] };
}
