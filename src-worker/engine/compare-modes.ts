import { bfloat16Bits } from '../../src-shared/bfloat16.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import type { PlanChunk } from './pipeline.ts';
import { createProgram } from './create-program.ts';
import type { Program, ProgramSpec, TensorData } from './program.ts';
import type { Engine } from './runtime.ts';

/** One step of a comparison: a method's call, or a pipeline's next stretch. */
export type Step = { method: string; feeds?: Record<string, TensorData> } | { pipeline: string; chunk: PlanChunk };

export interface Comparison {
  /** Largest absolute difference of any output, by `call index.method.output`, and of any state, by its name. */
  differences: Map<string, number>;
  /** Share of a bfloat16 state's elements with the same 16 bits, by name. */
  equalBits: Map<string, number>;
}

/**
 * The property that recorded programs rest on: what a program does recorded is what it does op by op, on values that
 * the recording never saw. Runs the same steps from the same state both ways and compares every output and state.
 */
export async function compareModes(
  engine: Engine,
  spec: ProgramSpec,
  { state, steps }: { state: ReadonlyMap<string, TensorData>; steps: readonly Step[] },
): Promise<Comparison> {
  const programs = [await createProgram(engine, spec, 'recorded'), await createProgram(engine, spec, 'eager')] as const;
  try {
    const differences = new Map<string, number>();
    for (const program of programs) await program.writeState(state);
    for (const [i, step] of steps.entries()) {
      const [recorded, eager] = [await take(programs[0], step), await take(programs[1], step)];
      if (Object.keys(recorded).join() !== Object.keys(eager).join()) throw new Error('the modes give other outputs');
      for (const [name, value] of Object.entries(recorded)) {
        const other = eager[name]!;
        if (value.shape.join() !== other.shape.join()) throw new Error(`${name}: shapes differ`);
        differences.set(
          `${i}.${'method' in step ? step.method : ''}.${name}`,
          largestDifference(value.data, other.data),
        );
      }
    }
    const equalBits = new Map<string, number>();
    const [recorded, eager] = [await programs[0].readState(), await programs[1].readState()];
    for (const [name, { dtype }] of Object.entries(spec.state)) {
      const [a, b] = [recorded.get(name)!, eager.get(name)!];
      differences.set(name, largestDifference(a, b));
      if (dtype === 'bfloat16') equalBits.set(name, shareEqual(a as Float32Array, b as Float32Array));
    }
    return { differences, equalBits };
  } finally {
    for (const program of programs) program.dispose();
  }
}

async function take(program: Program, step: Step): ReturnType<Program['call']> {
  if ('method' in step) return program.call(step.method, step.feeds);
  await program.startPipeline(step.pipeline, step.chunk);
  return {};
}

function largestDifference(a: TensorData, b: TensorData): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (Number.isNaN(difference) && !(Number.isNaN(a[i]) && Number.isNaN(b[i]))) return NaN;
    largest = Math.max(largest, difference || 0);
  }
  return largest;
}

function shareEqual(a: Float32Array, b: Float32Array): number {
  const [x, y] = [bfloat16Bits(a), bfloat16Bits(b)];
  return x.filter((bits, i) => bits === y[i]).length / x.length;
}

/** Numbers that look like none in particular, the same for the same seed: each state of a program in [-scale, scale]. */
export function arbitraryState(spec: ProgramSpec, seed: number, scale = 0.3): Map<string, TensorData> {
  return new Map(
    Object.entries(spec.state).map(([name, { shape, dtype }], i) => {
      const values = arbitrary(sizeOfShape(shape), seed + i, scale);
      return [name, dtype === 'int32' ? Int32Array.from(values, (v) => v * 100) : values];
    }),
  );
}

/** `n` float32 in [-scale, scale] (mulberry32). */
export function arbitrary(n: number, seed: number, scale = 1): Float32Array {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return Float32Array.from({ length: n }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1) * scale;
  });
}
