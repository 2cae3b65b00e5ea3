import type { Trial, TrialsResult } from '../../src-shared/contract/worker.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { arbitrary, arbitraryState } from '../engine/compare-modes.ts';
import { createProgram, type ProgramOptions } from '../engine/create-program.ts';
import { describeEngine } from '../engine/describe.ts';
import type { TensorData } from '../engine/program.ts';
import { loadEngine, type Engine } from '../engine/runtime.ts';
import { towerDevices } from '../engine/tower-devices.ts';
import { tinyVit } from '../models/tiny-vit.ts';
import { trainProgram, type TrainProgramOptions } from './train-program.ts';

const BATCH = 4;
const STEPS = 2;
const OPTIONS: TrainProgramOptions = {
  architecture: tinyVit('token', { depth: 1 }),
  microBatch: BATCH,
  accumSteps: 1,
  gradNormClip: 1,
  dropoutRate: 0.2,
  attentionDropoutRate: 0,
};
/** Sums in another order; and products of numbers with 8 bits, after two steps of learning rate 0.05. */
const [CLOSE, ROUNDED] = [1e-4, 2e-3];

type States = ReadonlyMap<string, TensorData>;

/** What is claimed of programs and can be tried on any machine; each compares with the same steps op by op. */
const TRIALS: Readonly<Record<string, (engine: Engine, expected: States) => Promise<Omit<Trial, 'name'>>>> = {
  'a recorded step is the step op by op': (engine, expected) => compared(engine, expected, { tolerance: CLOSE }),
  'a step in bfloat16': (engine, expected) =>
    compared(engine, expected, { tolerance: ROUNDED, spec: { precision: 'bfloat16' } }),
  'blocks computed again': (engine, expected) =>
    compared(engine, expected, { tolerance: CLOSE, spec: { recompute: true } }),
  'two devices': async (engine, expected) => {
    const { names } = towerDevices(engine, 2);
    const trial = await compared(engine, expected, { tolerance: CLOSE, spec: { devices: 2 }, how: { devices: names } });
    return { ...trial, detail: `${names ? names.join(', ') : 'two parts on one device'}; ${trial.detail}` };
  },
  'a training goes on to the bit': async (engine) => {
    const program = await createProgram(engine, trainProgram(OPTIONS));
    try {
      const start = arbitraryState(program.spec, 3);
      await program.writeState(start);
      await program.call('train', feeds(0));
      const half = await program.readState();
      await program.call('train', feeds(1));
      const whole = await program.readState();
      await program.writeState(start); // something else in between
      await program.writeState(half);
      await program.call('train', feeds(1));
      const difference = largest(await program.readState(), whole);
      return { pass: difference === 0, detail: `largest difference ${difference}` };
    } finally {
      program.dispose();
    }
  },
};

/** Tries every claim on the engine of this process. A claim that throws has failed; the others are tried all the same. */
export async function trials(): Promise<TrialsResult> {
  const engine = await loadEngine();
  const expected = await states(engine, OPTIONS, { mode: 'eager' });
  const tried: Trial[] = [];
  for (const [name, attempt] of Object.entries(TRIALS)) {
    const start = performance.now();
    const result = await attempt(engine, expected).catch((error: Error) => ({ pass: false, detail: error.message }));
    tried.push({ name, ...result, seconds: (performance.now() - start) / 1000 });
  }
  return { engine: describeEngine(engine), trials: tried };
}

interface Comparison {
  tolerance: number;
  spec?: Partial<TrainProgramOptions>;
  how?: ProgramOptions;
}

async function compared(
  engine: Engine,
  expected: States,
  { tolerance, spec, how = {} }: Comparison,
): Promise<Omit<Trial, 'name'>> {
  const difference = largest(await states(engine, { ...OPTIONS, ...spec }, how), expected);
  return { pass: difference <= tolerance, detail: `largest difference ${difference.toExponential(1)} of ${tolerance}` };
}

/** Parameters after some steps. */
async function states(engine: Engine, options: TrainProgramOptions, how: ProgramOptions): Promise<States> {
  const program = await createProgram(engine, trainProgram(options), how);
  try {
    await program.writeState(arbitraryState(program.spec, 3));
    for (let step = 0; step < STEPS; step++) await program.call('train', feeds(step));
    return await program.readState(Object.keys(program.spec.state).filter((name) => name.startsWith('params/')));
  } finally {
    program.dispose();
  }
}

function feeds(seed: number): Record<string, TensorData> {
  const { imageSize, numClasses } = OPTIONS.architecture;
  const labels = new Float32Array(BATCH * numClasses!);
  for (let i = 0; i < BATCH; i++) labels[i * numClasses! + i] = 1;
  const images = arbitrary(sizeOfShape([BATCH, ...imageSize, 3]), seed);
  return { images, labels, seed: Int32Array.of(seed, 1), lr: Float32Array.of(0.05) };
}

function largest(a: States, b: States): number {
  let most = 0;
  for (const [name, values] of a) {
    const others = b.get(name)!;
    for (let i = 0; i < values.length; i++) {
      const difference = Math.abs(values[i]! - others[i]!);
      if (!(difference <= most)) most = difference; // NaN too
    }
  }
  return most;
}
