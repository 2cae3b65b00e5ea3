import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OptimizerConfig, OptimizerName } from '../../src-shared/config/run-config.ts';
import { resolveConfig } from '../../src-shared/config/resolve.ts';
import { arbitrary, arbitraryState, compareModes } from '../engine/compare-modes.ts';
import { createProgram } from '../engine/create-program.ts';
import { buildGraph } from '../engine/graph/program-graph.ts';
import { nodeBackend } from '../engine/node-backend.ts';
import type { Program, ProgramSpec, TensorData } from '../engine/program.ts';
import { loadEngine, type Engine } from '../engine/runtime.ts';
import { tinyVit } from '../models/tiny-vit.ts';
import { optimizerOf, OPTIMIZERS } from './optimizers.ts';
import { loadState, saveState } from './run-files.ts';
import { PARAMS, statesToKeep, trainProgram } from './train-program.ts';

const CONFIG = resolveConfig({ overrides: [] }).config.vitrine.optim;
const NAMES = Object.keys(OPTIMIZERS) as OptimizerName[];
const BATCH = 4;
const architecture = tinyVit('token');

function specOf(config: Partial<OptimizerConfig>): ProgramSpec {
  return trainProgram({
    architecture,
    microBatch: BATCH,
    accumSteps: 1,
    gradNormClip: 1,
    dropoutRate: 0.1,
    attentionDropoutRate: 0.1,
    optimizer: optimizerOf({ ...CONFIG, weight_decay: 0.1, ...config }, architecture),
  });
}

function feeds(step: number, rate = 0.01): Record<string, TensorData> {
  const classes = architecture.numClasses!;
  const labels = new Float32Array(BATCH * classes);
  for (let i = 0; i < BATCH; i++) labels[i * classes + ((i * step) % classes)] = 1;
  const images = arbitrary(BATCH * 3 * architecture.imageSize[0] * architecture.imageSize[1], step);
  return { images, labels, seed: Int32Array.of(step, 1), lr: Float32Array.of(rate) };
}

/** Arbitrary parameters, everything else as before the first update. */
function startOf(spec: ProgramSpec): Map<string, TensorData> {
  return new Map([...arbitraryState(spec, 5)].filter(([name]) => name.startsWith(PARAMS)));
}

test('SGD is what a program trains with if none is named', () => {
  expect(Object.keys(specOf({}).state)).toEqual(
    Object.keys(
      trainProgram({
        architecture,
        microBatch: 1,
        accumSteps: 1,
        gradNormClip: 1,
        dropoutRate: 0,
        attentionDropoutRate: 0,
      }).state,
    ),
  );
});

test('weight decay without gradients: what decays shrinks by lr times weight decay of itself', async () => {
  await loadEngine();
  for (const [decay, decays] of [
    ['all', () => true],
    ['kernels', (name: string) => name.endsWith('kernel')],
  ] as const) {
    const optimizer = optimizerOf({ ...CONFIG, name: 'adamw', weight_decay: 0.5, decay }, architecture);
    const shapes = new Map(
      ['a/kernel', 'a/bias', 'cls', 'kernel', 'a/kernel_scale'].map((name) => [name, { shape: [2] }]),
    );
    tf.tidy(() => {
      const params = Object.fromEntries([...shapes.keys()].map((name) => [name, tf.tensor1d([2, -4])]));
      const zeros = Object.fromEntries([...shapes.keys()].map((name) => [name, tf.zeros([2])]));
      const state = Object.fromEntries(
        Object.entries(optimizer.states(shapes)).map(([name, { shape }]) => [name, tf.zeros([...shape])]),
      );
      const next = optimizer.update(params, zeros, { state, lr: tf.scalar(0.25) });
      for (const [name, tensor] of Object.entries(next.params)) {
        expect([...tensor.dataSync()], `${decay} ${name}`).toEqual(decays(name) ? [1.75, -3.5] : [2, -4]);
      }
      expect(next.state['count']!.dataSync()[0]).toBe(1);
    });
  }
});

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('on TensorFlow', () => {
  let engine: Engine;
  let folder: string;
  beforeAll(async () => {
    engine = await loadEngine('tensorflow');
    folder = await mkdtemp(join(tmpdir(), 'vitrine-optimizers-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each(NAMES)('%s, recorded and eager', async (name) => {
    const spec = specOf({ name });
    const before = [tf.memory().numTensors, engine.binding!.getNumOfTensors()];
    const steps = [1, 2, 3].map((step) => ({ method: 'train', feeds: feeds(step) }));
    const { differences } = await compareModes(engine, spec, { state: startOf(spec), steps });
    expect([tf.memory().numTensors, engine.binding!.getNumOfTensors()]).toEqual(before);
    const graphs = [0, 1].map(() => buildGraph(spec, nodeBackend()!).savedModel);
    expect(Buffer.compare(graphs[0]!, graphs[1]!)).toBe(0);
    for (const [what, difference] of differences) {
      if (what.startsWith('trace/')) continue; // bfloat16: train-program.test.ts looks at its bits
      // Adam divides by a root that is near 0 where gradients are: their last digits grow, at most to an lr.
      expect(difference, what).toBeLessThan(name === 'sgd' ? 1e-5 : 1e-3);
    }
  });

  test.each(NAMES)('%s goes on from its saved state with the bits of a run that never stopped', async (name) => {
    const spec = specOf({ name });
    const train = async (program: Program, steps: number[]): Promise<void> => {
      for (const step of steps) await program.call('train', feeds(step));
    };
    const whole = await createProgram(engine, spec);
    const resumed = await createProgram(engine, spec);
    try {
      await whole.writeState(startOf(spec));
      await train(whole, [1, 2]);
      const values = await whole.readState(statesToKeep(spec));
      const workdir = join(folder, name);
      const state = new Map(
        [...values].map(([key, data]) => [key, { shape: spec.state[key]!.shape, data: data as Float32Array }]),
      );
      await saveState(workdir, { step: 2, best: null }, state);
      await train(whole, [3, 4]);

      const loaded = await loadState(workdir);
      await resumed.writeState(new Map([...loaded!.state].map(([key, { data }]) => [key, data])));
      await train(resumed, [3, 4]);
      expect([...(await resumed.readState())]).toEqual([...(await whole.readState())]);

      // Without the optimizer's own state it is another run.
      await resumed.writeState(
        new Map(
          Object.entries(spec.state).map(([key, { shape }]) => [
            key,
            new Float32Array(shape.reduce((n, d) => n * d, 1)),
          ]),
        ),
      );
      const params = [...loaded!.state].filter(([key]) => key.startsWith(PARAMS));
      await resumed.writeState(new Map(params.map(([key, { data }]) => [key, data])));
      await train(resumed, [3, 4]);
      expect([...(await resumed.readState())]).not.toEqual([...(await whole.readState())]);
    } finally {
      whole.dispose();
      resumed.dispose();
    }
  });
});
