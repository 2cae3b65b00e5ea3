import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainResize } from '../../src-shared/checkpoints/preprocessing.ts';
import { ImagePipeline } from '../data/image-pipeline.ts';
import { samplePlan, writeSampleImages } from '../data/sample-images.ts';
import { arbitrary, arbitraryState, compareModes, type Comparison, type Step } from '../engine/compare-modes.ts';
import { createProgram } from '../engine/create-program.ts';
import { buildGraph } from '../engine/graph/program-graph.ts';
import { nodeBackend } from '../engine/node-backend.ts';
import type { Pipeline } from '../engine/pipeline.ts';
import type { ProgramSpec } from '../engine/program.ts';
import { loadEngine, type Engine } from '../engine/runtime.ts';
import { tinyVit } from '../models/tiny-vit.ts';
import { TRACE } from './sgd-momentum.ts';
import { PARAMS, trainProgram, type TrainProgramOptions } from './train-program.ts';

const BATCH = 4;
const CLASSES = 5;
const PIXELS = 12 * 16 * 3;

const OPTIONS: TrainProgramOptions = {
  architecture: tinyVit('token'),
  microBatch: BATCH,
  accumSteps: 1,
  gradNormClip: 1,
  dropoutRate: 0,
  attentionDropoutRate: 0,
};
const WITH_DROPOUT = { dropoutRate: 0.2, attentionDropoutRate: 0.1 };

function batch(seed: number): { images: Float32Array; labels: Float32Array } {
  const labels = new Float32Array(BATCH * CLASSES);
  for (let i = 0; i < BATCH; i++) labels[i * CLASSES + ((i * seed) % CLASSES)] = 1;
  return { images: arbitrary(BATCH * PIXELS, seed), labels };
}

function step(seed: number, method = 'train'): Step {
  const feeds = { ...batch(seed), seed: Int32Array.of(seed, seed * 3) };
  return { method, feeds: method === 'train' ? { ...feeds, lr: Float32Array.of(0.05 * seed) } : feeds };
}

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('fine-tuning, recorded and eager', () => {
  let engine: Engine;
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-train-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(async () => {
    engine = await loadEngine('tensorflow');
  });

  const state = (spec: ProgramSpec) => arbitraryState(spec, 21);

  async function compared(options: TrainProgramOptions, steps: Step[]): Promise<Comparison> {
    const spec = trainProgram(options);
    const before = [tf.memory().numTensors, engine.binding!.getNumOfTensors()];
    const result = await compareModes(engine, spec, { state: state(spec), steps });
    expect([tf.memory().numTensors, engine.binding!.getNumOfTensors()]).toEqual(before);
    const graphs = [0, 1].map(() => buildGraph(spec, nodeBackend()!).savedModel);
    expect(Buffer.compare(graphs[0]!, graphs[1]!)).toBe(0);
    for (const [name, difference] of result.differences) {
      // One step of bfloat16 around 1 where a momentum's rounding falls the other way.
      expect(difference, name).toBeLessThan(name.startsWith(TRACE) ? 2 ** -7 : 1e-5);
    }
    const shares = [...result.equalBits.values()];
    expect(shares.reduce((a, b) => a + b, 0) / shares.length).toBeGreaterThan(0.99);
    return result;
  }

  test.each([
    ['token', OPTIONS],
    ['gap', { ...OPTIONS, architecture: tinyVit('gap') }],
    ['with a representation', { ...OPTIONS, architecture: tinyVit('token', { representationSize: 6 }) }],
    ['with dropout', { ...OPTIONS, ...WITH_DROPOUT }],
    ['without clipping', { ...OPTIONS, gradNormClip: 1e6 }],
  ])('train: %s', async (_, options) => {
    const { differences } = await compared(options, [step(1), step(2), step(3)]);
    expect(differences.has('2.train.loss') && differences.has('2.train.grad_norm')).toBe(true);
  });

  test('gradients', async () => {
    const options = { ...OPTIONS, ...WITH_DROPOUT };
    const { differences } = await compared(options, [step(1, 'gradients'), step(2, 'gradients')]);
    expect([...differences.keys()].filter((name) => name.startsWith('1.gradients.grad/')).length).toBe(
      Object.keys(trainProgram(options).state).filter((name) => name.startsWith(PARAMS)).length,
    );
  });

  test('accumulate and apply', async () => {
    const apply = (lr: number): Step => ({ method: 'apply', feeds: { lr: Float32Array.of(lr) } });
    await compared({ ...OPTIONS, ...WITH_DROPOUT, accumSteps: 2 }, [
      apply(0), // whatever the sums held
      step(1, 'accumulate'),
      step(2, 'accumulate'),
      apply(0.1),
      step(3, 'accumulate'),
      step(4, 'accumulate'),
      apply(0.05),
    ]);
  });

  test('train and evaluate from pipelines', async () => {
    const options = { ...OPTIONS, pipeline: fed('train'), evalPipeline: fed('eval') };
    const paths = await writeSampleImages({ folder, count: 3 * BATCH, size: OPTIONS.architecture.imageSize });
    const chunk = (n: number) => samplePlan(paths.slice(0, n), CLASSES);
    const train = { method: 'train', feeds: { seed: Int32Array.of(1, 2), lr: Float32Array.of(0.1) } };
    const { differences } = await compared(options, [
      { pipeline: 'train', chunk: chunk(3 * BATCH) },
      { pipeline: 'eval', chunk: chunk(2 * BATCH) },
      train,
      { method: 'evaluate' },
      train,
      { method: 'evaluate' },
      train,
      { pipeline: 'train', chunk: chunk(BATCH) },
      train,
    ]);
    expect(differences.get('5.evaluate.labels')).toBe(0);
    expect(differences.get('5.evaluate.weights')).toBe(0);
  });

  test('micro-batches of a batch give the update of the whole batch', async () => {
    const whole = await createProgram(engine, trainProgram({ ...OPTIONS, microBatch: 2 * BATCH }));
    const parts = await createProgram(engine, trainProgram({ ...OPTIONS, accumSteps: 2 }));
    const start = state(whole.spec);
    const [a, b] = [batch(1), batch(2)];
    const both = { images: concat(a.images, b.images), labels: concat(a.labels, b.labels) };
    const [seed, lr] = [Int32Array.of(1, 2), Float32Array.of(0.1)];
    for (const program of [whole, parts]) await program.writeState(start);
    const once = await whole.call('train', { ...both, seed, lr });
    await parts.call('accumulate', { ...a, seed });
    await parts.call('accumulate', { ...b, seed });
    const twice = await parts.call('apply', { lr });
    expect(twice['loss']!.data[0]).toBeCloseTo(once['loss']!.data[0]!, 5);
    expect(twice['grad_norm']!.data[0]).toBeCloseTo(once['grad_norm']!.data[0]!, 5);
    const [p, q] = [await whole.readState(), await parts.readState()];
    for (const name of Object.keys(whole.spec.state).filter((n) => n.startsWith(PARAMS))) {
      const difference = Math.max(...p.get(name)!.map((v, i) => Math.abs(v - q.get(name)![i]!)));
      expect(difference, name).toBeLessThan(1e-6);
    }
    // The sums begin anew.
    for (const [name, values] of q)
      if (name.startsWith('sum/') || name === 'loss_sum') expect(Math.max(...values)).toBe(0);
    whole.dispose();
    parts.dispose();
  });

  test('dropout follows from the fed seed alone: the step of a resumed run drops the same elements', async () => {
    const run = async (seeds: number[]): Promise<number[]> => {
      const program = await createProgram(engine, trainProgram({ ...OPTIONS, ...WITH_DROPOUT }));
      const losses: number[] = [];
      for (const seed of seeds) {
        await program.writeState(state(program.spec));
        const feeds = { ...batch(1), lr: Float32Array.of(0), seed: Int32Array.of(seed, 1) };
        losses.push((await program.call('train', feeds))['loss']!.data[0]!);
      }
      program.dispose();
      return losses;
    };
    const [first, second, third] = await run([1, 2, 1]);
    expect(third).toBe(first);
    expect(second).not.toBe(first);
    expect(await run([2, 1])).toEqual([second, first]);
  });
});

/** Images of the model's own size, so that nothing is resized and both loaders decode the same numbers. */
function fed(name: string): Pipeline {
  const preprocessing = plainResize(OPTIONS.architecture.imageSize);
  const image = { mode: 'eval', preprocessing, cropAreaMin: 1, flip: false } as const;
  return new ImagePipeline({ name, batch: BATCH, parallelism: 2, ...image });
}

function concat(a: Float32Array, b: Float32Array): Float32Array {
  return Float32Array.of(...a, ...b);
}
