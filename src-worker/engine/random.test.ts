import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeDropout } from '../layers/dropout.ts';
import { createProgram } from './create-program.ts';
import type { Program, ProgramSpec } from './program.ts';
import { statelessUniform } from './random.ts';
import { loadEngine, type Engine } from './runtime.ts';

/** Draws of one shape from two streams, and a dropout of ones. */
function draws(shape: number[]): ProgramSpec {
  return {
    name: 'draws',
    state: {},
    methods: {
      draw: {
        feeds: { seed: { shape: [2], dtype: 'int32' } },
        run: (_, { seed }) => ({
          outputs: {
            first: statelessUniform(shape, seed as tf.Tensor1D, 0),
            second: statelessUniform(shape, seed as tf.Tensor1D, 1),
            dropped: makeDropout(0.25, seed as tf.Tensor1D, { next: 2 })(tf.ones(shape)),
          },
        }),
      },
    },
  };
}

for (const kind of ['tensorflow', 'wasm'] as const) {
  describe.skipIf(kind === 'tensorflow' && !process.env.VITRINE_ENGINE_DIR)(`stateless draws on ${kind}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await loadEngine(kind);
    });

    async function draw(shape: number[], seed: [number, number], mode?: Program['mode']) {
      const program = await createProgram(engine, draws(shape), mode);
      const { first, second, dropped } = await program.call('draw', { seed: Int32Array.from(seed) });
      program.dispose();
      const floats = [first!, second!, dropped!].map(({ data }) => data as Float32Array);
      return { first: floats[0]!, second: floats[1]!, dropped: floats[2]! };
    }

    test('numbers lie evenly in [0, 1), and the streams have nothing in common', async () => {
      const { first, second, dropped } = await draw([100, 200], [12, -7]);
      const n = 20_000;
      for (const data of [first, second]) {
        const mean = data.reduce((a, b) => a + b, 0) / n;
        const variance = data.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
        expect(Math.min(...data)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...data)).toBeLessThan(1);
        expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
        expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.002);
      }
      const covariance = first.reduce((sum, v, i) => sum + (v - 0.5) * (second[i]! - 0.5), 0) / n;
      expect(Math.abs(covariance)).toBeLessThan(4 / 12 / Math.sqrt(n));
      // Dropout keeps three quarters, scaled so that the mean stays.
      expect(new Set(dropped)).toEqual(new Set([0, Math.fround(4 / 3)]));
      expect(Math.abs(dropped.reduce((a, b) => a + b, 0) / n - 1)).toBeLessThan(4 * Math.sqrt(1 / 3 / n));
    });

    test('the same seed gives the same numbers, another seed others', async () => {
      const [a, b] = [await draw([7, 3], [1, 2]), await draw([7, 3], [1, 2])];
      expect(a).toEqual(b);
      for (const seed of [
        [2, 1],
        [1, 3],
        [0, 2],
        [1, -2],
      ] as [number, number][]) {
        expect((await draw([7, 3], seed)).first).not.toEqual(a.first);
      }
    });

    test.skipIf(kind === 'wasm')('recorded is eager, to the last bit', async () => {
      for (const shape of [[1], [5], [2, 3, 4], [4, 6, 8], [1025], [3, 2, 17, 17]]) {
        for (const seed of [
          [0, 0],
          [5, -7],
          [-1, 2147483647],
        ] as [number, number][]) {
          expect(await draw(shape, seed, 'recorded')).toEqual(await draw(shape, seed, 'eager'));
        }
      }
    });
  });
}
