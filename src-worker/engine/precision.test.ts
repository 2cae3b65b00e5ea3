import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { roundToBfloat16 } from '../../src-shared/bfloat16.ts';
import { arbitrary, arbitraryState } from './compare-modes.ts';
import { createProgram } from './create-program.ts';
import type { Precision, ProgramSpec, TensorData } from './program.ts';
import { loadEngine, type Engine } from './runtime.ts';
import { tinyVit } from '../models/tiny-vit.ts';
import { trainProgram } from '../train/train-program.ts';

const [M, K, N] = [16, 96, 24];

const PRODUCT: ProgramSpec = {
  name: 'product',
  state: {},
  methods: {
    mul: {
      feeds: { a: { shape: [M, K], dtype: 'float32' }, b: { shape: [K, N], dtype: 'float32' } },
      run: (_, { a, b }) => ({ outputs: { y: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D) } }),
    },
  },
};

/** A step's worth of a small ViT. */
const STEP = { microBatch: 4, accumSteps: 1, gradNormClip: 1, dropoutRate: 0, attentionDropoutRate: 0 };
const ARCHITECTURE = tinyVit('token', { width: 32, mlpDim: 64, depth: 1 });

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('bfloat16 matrix products', { timeout: 240_000 }, () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadEngine('tensorflow');
  });

  async function outputs(
    spec: ProgramSpec,
    method: string,
    { feeds, ...how }: { feeds: Record<string, TensorData>; precision?: Precision; mode?: 'eager' },
  ): Promise<Record<string, Float32Array>> {
    const program = await createProgram(engine, spec, how);
    try {
      await program.writeState(arbitraryState(spec, 3));
      const values = await program.call(method, feeds);
      return Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, data as Float32Array]));
    } finally {
      program.dispose();
    }
  }

  test('are those of rounded factors, rounded once', async () => {
    const [a, b] = [arbitrary(M * K, 1), arbitrary(K * N, 2)];
    const feeds = { a: roundToBfloat16(a), b: roundToBfloat16(b) };
    const { y: byHand } = await outputs(PRODUCT, 'mul', { feeds, mode: 'eager' });
    const { y } = await outputs(PRODUCT, 'mul', { feeds: { a, b }, precision: 'bfloat16' });
    // Sums in another order may fall on the other side of a tie: one step of bfloat16, 2^-7 of the value at most.
    const expected = roundToBfloat16(byHand!);
    const other = y!.filter((value, i) => Math.abs(value - expected[i]!) > Math.abs(expected[i]!) * 2 ** -7);
    expect(other).toHaveLength(0);
    expect(y).toEqual(roundToBfloat16(y!));
    const { y: exact } = await outputs(PRODUCT, 'mul', { feeds: { a, b } });
    expect(y).not.toEqual(exact);
  });

  test("a step's gradients are float32's within what bfloat16 can say", async () => {
    const spec = trainProgram({ architecture: ARCHITECTURE, ...STEP });
    const feeds = stepFeeds(5);
    const exact = await outputs(spec, 'gradients', { feeds, mode: 'eager' });
    const rounded = await outputs(spec, 'gradients', { feeds, precision: 'bfloat16' });
    expect(rounded['loss']![0]).not.toBe(exact['loss']![0]);
    expect(Math.abs(rounded['loss']![0]! - exact['loss']![0]!)).toBeLessThan(0.02 * exact['loss']![0]!);
    expect(Math.abs(rounded['norm']![0]! - exact['norm']![0]!)).toBeLessThan(0.03 * exact['norm']![0]!);
    for (const name of Object.keys(exact).filter((n) => n.startsWith('grad/'))) {
      const error = norm(exact[name]!.map((g, i) => g - rounded[name]![i]!));
      // Relative to the whole gradient: a key's bias has no gradient but rounding.
      expect(error, name).toBeLessThan(0.02 * exact['norm']![0]!);
    }
  });

  test('a program trains with them as without: state float32, loss down alike', async () => {
    const spec = trainProgram({ architecture: ARCHITECTURE, ...STEP, precision: 'bfloat16' });
    const losses = await lossesOf(spec);
    const exact = await lossesOf(trainProgram({ architecture: ARCHITECTURE, ...STEP }), { mode: 'eager' });
    expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]!);
    expect(Math.abs(losses.at(-1)! - exact.at(-1)!)).toBeLessThan(0.1 * exact[0]!);
    expect(losses).not.toEqual(exact);
  });

  async function lossesOf(spec: ProgramSpec, how: { mode?: 'eager' } = {}): Promise<number[]> {
    const program = await createProgram(engine, spec, how);
    try {
      await program.writeState(arbitraryState(spec, 3, 0.1));
      const losses: number[] = [];
      for (let step = 0; step < 60; step++) {
        const { loss } = await program.call('train', { ...stepFeeds(7), lr: Float32Array.of(0.1) });
        losses.push(loss!.data[0]!);
      }
      return losses;
    } finally {
      program.dispose();
    }
  }

  test('are refused where programs are not recorded', async () => {
    await expect(createProgram(engine, PRODUCT, { mode: 'eager', precision: 'bfloat16' })).rejects.toMatchObject({
      code: 'engine',
      message: expect.stringContaining('need TensorFlow') as string,
    });
  });
});

function stepFeeds(seed: number): Record<string, TensorData> {
  const { microBatch } = STEP;
  const [height, width] = ARCHITECTURE.imageSize;
  const labels = new Float32Array(microBatch * 5);
  for (let i = 0; i < microBatch; i++) labels[i * 5 + (i % 5)] = 1;
  return { images: arbitrary(microBatch * height * width * 3, seed), labels, seed: Int32Array.of(seed, 1) };
}

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
}
