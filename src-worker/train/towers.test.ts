import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { arbitrary, arbitraryState } from '../engine/compare-modes.ts';
import { createProgram } from '../engine/create-program.ts';
import { buildGraph } from '../engine/graph/program-graph.ts';
import { nodeBackend } from '../engine/node-backend.ts';
import type { TensorData } from '../engine/program.ts';
import { statelessUniform } from '../engine/random.ts';
import { loadEngine } from '../engine/runtime.ts';
import { inTower } from '../engine/towers.ts';
import { tinyVit } from '../models/tiny-vit.ts';
import { trainProgram, type TrainProgramOptions } from './train-program.ts';

const BATCH = 4;
const OPTIONS: TrainProgramOptions = {
  architecture: tinyVit('token'),
  microBatch: BATCH,
  accumSteps: 1,
  gradNormClip: 1,
  dropoutRate: 0.2,
  attentionDropoutRate: 0.1,
  dropPathRate: 0.5,
  labelSmoothing: 0.1,
};
/** All CPUs are one device to TensorFlow: towers beside one another there prove the arithmetic, not the placement. */
const ONE_CPU = ['/device:CPU:0', '/device:CPU:0'];

const kinds = ['wasm', ...(process.env.VITRINE_ENGINE_DIR ? (['tensorflow'] as const) : [])] as const;

describe.each(kinds)('a batch in parts on %s', (kind) => {
  test('draws what the whole batch draws', async () => {
    await loadEngine(kind);
    const seed = tf.tensor1d([5, 6], 'int32');
    for (const rest of [[], [1, 1], [3], [2, 2]]) {
      const whole = await statelessUniform([6, ...rest], seed, 2).data();
      const parts = [0, 1, 2].map((index) =>
        inTower({ index, count: 3 }, () => statelessUniform([2, ...rest], seed, 2).dataSync()),
      );
      expect(parts.flatMap((part) => [...part])).toEqual([...whole]);
    }
  });

  test('has the gradients of the whole batch', async () => {
    await loadEngine(kind);
    const whole = await gradients(kind, 1);
    expectClose(await gradients(kind, 2), whole);
    expectClose(await gradients(kind, 4), whole);
  });
});

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('a batch in parts, recorded', { timeout: 240_000 }, () => {
  test('accumulates and updates as one device does', async () => {
    await loadEngine('tensorflow');
    const options = { ...OPTIONS, accumSteps: 2 };
    const states = [];
    for (const devices of [1, 2]) {
      const spec = trainProgram({ ...options, devices });
      const engine = await loadEngine('tensorflow');
      const program = await createProgram(engine, spec, devices === 1 ? 'eager' : { devices: ONE_CPU });
      await program.writeState(arbitraryState(spec, 5));
      for (let i = 0; i < 2; i++) await program.call('accumulate', feeds(i));
      await program.call('apply', { lr: Float32Array.of(0.1) });
      states.push(Object.fromEntries(await program.readState()));
      program.dispose();
    }
    const [one, two] = states as [Record<string, TensorData>, Record<string, TensorData>];
    const params = (state: Record<string, TensorData>): Record<string, TensorData> =>
      Object.fromEntries(Object.entries(state).filter(([name]) => name.startsWith('params/')));
    expectClose(params(two), params(one));
  });

  test('places each tower on its device, compiled by itself; one device changes nothing', async () => {
    await loadEngine('tensorflow');
    const graph = (devices: number, names?: string[]): string =>
      Buffer.from(
        buildGraph(trainProgram({ ...OPTIONS, devices }), nodeBackend()!, { devices: names }).savedModel,
      ).toString('latin1');
    const two = graph(2, ['/device:GPU:0', '/device:GPU:1']);
    for (const text of ['/device:GPU:0', '/device:GPU:1', 'train/train/tower0', 'train/train/tower1']) {
      expect(two.split(text).length, text).toBeGreaterThan(50);
    }
    expect(graph(1, ['/device:GPU:0'])).toBe(graph(1));
    expect(graph(1)).not.toContain('tower');
  });
});

function feeds(seed: number): Record<string, TensorData> {
  const labels = new Float32Array(BATCH * 5);
  for (let i = 0; i < BATCH; i++) labels[i * 5 + i] = 1;
  return { images: arbitrary(BATCH * 12 * 16 * 3, seed), labels, seed: Int32Array.of(seed, 7) };
}

async function gradients(kind: 'wasm' | 'tensorflow', devices: number): Promise<Record<string, TensorData>> {
  const spec = trainProgram({ ...OPTIONS, devices });
  const program = await createProgram(await loadEngine(kind), spec, 'eager');
  await program.writeState(arbitraryState(spec, 5));
  const values = await program.call('gradients', feeds(3));
  program.dispose();
  return Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, data]));
}

function expectClose(got: Record<string, TensorData>, wanted: Record<string, TensorData>): void {
  expect(Object.keys(got)).toEqual(Object.keys(wanted));
  for (const [name, values] of Object.entries(wanted)) {
    expect(Math.max(...Array.from(values, (v, i) => Math.abs(v - got[name]![i]!))), name).toBeLessThan(1e-5);
  }
}
