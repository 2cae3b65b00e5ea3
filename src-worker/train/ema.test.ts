import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainResize } from '../../src-shared/checkpoints/preprocessing.ts';
import { resolveConfig } from '../../src-shared/config/resolve.ts';
import type { Family } from '../../src-shared/models/architecture.ts';
import { trainedNames } from '../../src-shared/models/trained-params.ts';
import { ImagePipeline } from '../data/image-pipeline.ts';
import { samplePlan, writeSampleImages } from '../data/sample-images.ts';
import { arbitraryState, compareModes } from '../engine/compare-modes.ts';
import { createProgram } from '../engine/create-program.ts';
import type { TensorData } from '../engine/program.ts';
import { loadEngine, type Engine } from '../engine/runtime.ts';
import { featureNames, featureWidth } from '../models/head.ts';
import { predictProgram } from '../models/predict-program.ts';
import { TINY_MODELS } from '../models/tiny-models.fixture.ts';
import { EMA } from './ema.ts';
import { optimizerOf } from './optimizers.ts';
import { BATCH, batchFor, plainOptions, startOf, stopAndResume, trainStep } from './train.fixture.ts';
import { PARAMS, statesToKeep, trainProgram } from './train-program.ts';
import { trainedModel } from './trained-model.ts';

const architecture = TINY_MODELS.vit;
const CONFIG = resolveConfig({ overrides: [] }).config.vitrine.optim;

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('on TensorFlow', () => {
  let engine: Engine;
  let folder: string;
  let paths: string[];
  beforeAll(async () => {
    engine = await loadEngine('tensorflow');
    folder = await mkdtemp(join(tmpdir(), 'vitrine-ema-'));
    paths = await writeSampleImages({ folder, count: 2 * BATCH, size: architecture.imageSize });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('the mean follows its formula, of what learns alone; the model is the mean', async () => {
    const decay = 0.2; // reached at the fourth update: 3 / 12 > 0.2
    const trained = trainedNames(architecture, { train: 'blocks', train_blocks: 1 });
    const spec = trainProgram({ ...plainOptions(architecture), trained, ema: decay });
    expect(Object.keys(spec.state).filter((name) => name.startsWith(EMA))).toEqual(trained.map((name) => EMA + name));
    const program = await createProgram(engine, spec, 'eager');
    await program.writeState(startOf(spec));
    const means = new Map<string, number[]>();
    for (let t = 0; t < 5; t++) {
      await program.call('train', { ...batchFor(architecture, t + 1), lr: Float32Array.of(0.1) });
      const d = [0, 1 / 10, 2 / 11, decay, decay][t]!;
      const params = await program.readState(trained.map((name) => PARAMS + name));
      for (const name of trained) {
        const now = [...params.get(PARAMS + name)!];
        const before = means.get(name) ?? now;
        means.set(
          name,
          now.map((p, i) => d * before[i]! + (1 - d) * p),
        );
      }
    }
    const model = await trainedModel(program, architecture, new Map());
    const live = await program.readState();
    program.dispose();
    for (const [name, { data }] of model) {
      const wanted = means.get(name) ?? [...live.get(PARAMS + name)!];
      data.forEach((value, i) => expect(value, name).toBeCloseTo(wanted[i]!, 6));
    }
    expect(model.get('head/kernel')!.data).not.toEqual(live.get(`${PARAMS}head/kernel`));
  });

  test.each(['all', 'blocks'] as const)(
    'evaluation scores the parameters and their mean, to the bit as each would be alone (train=%s)',
    async (train) => {
      const preprocessing = plainResize(architecture.imageSize);
      const image = { mode: 'eval', preprocessing, cropAreaMin: 1, flip: false, parallelism: 1 } as const;
      const evalPipeline = new ImagePipeline({ name: 'eval', batch: BATCH, ...image });
      const trained = trainedNames(architecture, { train, train_blocks: 1 });
      const options = { ...plainOptions(architecture), trained, evalPipeline };
      const program = await createProgram(engine, trainProgram({ ...options, ema: 0.9 }));
      await program.writeState(arbitraryState(program.spec, 5)); // no two tensors are alike
      const chunk = samplePlan(paths, architecture.numClasses!);
      await program.startPipeline('eval', chunk);
      const both = [await program.call('evaluate'), await program.call('evaluate')];
      const state = await program.readState();
      program.dispose();

      const alone = await createProgram(engine, trainProgram(options));
      for (const [output, prefix] of [
        ['logits', PARAMS],
        ['logits_ema', EMA],
      ] as const) {
        const params = Object.keys(alone.spec.state).filter((name) => name.startsWith(PARAMS));
        const held = params.map((name): [string, TensorData] => {
          const mean = prefix + name.slice(PARAMS.length);
          return [name, state.get(state.has(mean) ? mean : name)!];
        });
        await alone.writeState(new Map(held));
        await alone.startPipeline('eval', chunk);
        for (const got of both) {
          const wanted = await alone.call('evaluate');
          expect(wanted['logits_ema']).toBeUndefined();
          expect(got[output]!.data, output).toEqual(wanted['logits']!.data);
        }
      }
      alone.dispose();
      expect(both[0]!['logits_ema']!.data).not.toEqual(both[0]!['logits']!.data);
    },
  );

  test('without it nothing of it is there', () => {
    const [without, off] = [plainOptions(architecture), { ...plainOptions(architecture), ema: 0 }].map(trainProgram);
    expect(Object.keys(off!.state)).toEqual(Object.keys(without!.state));
    expect(statesToKeep(off!).some((name) => name.startsWith('ema'))).toBe(false);
  });

  test('AdamW with layer-wise decay, GSAM and a mean: recorded as op by op, and resumed to the bit', async () => {
    const config = { ...CONFIG, name: 'adamw', layer_decay: 0.75, decay: 'kernels' } as const;
    const spec = trainProgram({
      ...plainOptions(architecture),
      dropoutRate: 0.1,
      trained: trainedNames(architecture, { train: 'blocks', train_blocks: 1 }),
      optimizer: optimizerOf(config, architecture),
      sharpness: { kind: 'gsam', rho: 0.3, alpha: 0.4, maxRate: 0.02 },
      ema: 0.9,
    });
    const step = (seed: number) => trainStep(architecture, seed, 0.01);
    const { differences } = await compareModes(engine, spec, { state: startOf(spec), steps: [1, 2].map(step) });
    // Adam divides by a root that is near 0 where gradients are: their last digits grow, at most to an lr.
    for (const [name, difference] of differences) expect(difference, name).toBeLessThan(1e-3);
    const { whole, resumed } = await stopAndResume(await createProgram(engine, spec), step);
    expect(resumed).toEqual(whole);
  });

  test('GSAM over micro-batches takes the learning rate with each', async () => {
    const sharpness = { kind: 'gsam', rho: 0.3, alpha: 0.4, maxRate: 0.02 } as const;
    const lr = Float32Array.of(0.01);
    const once = await createProgram(engine, trainProgram({ ...plainOptions(architecture), sharpness }), 'eager');
    const options = { ...plainOptions(architecture), accumSteps: 2, sharpness };
    const twice = await createProgram(engine, trainProgram(options), 'eager');
    for (const program of [once, twice]) await program.writeState(startOf(program.spec));
    const batch = batchFor(architecture, 1);
    await once.call('train', { ...batch, lr });
    for (let i = 0; i < 2; i++) await twice.call('accumulate', { ...batch, lr });
    await twice.call('apply', { lr });
    const [a, b] = [await once.readState(), await twice.readState()];
    for (const program of [once, twice]) program.dispose();
    // The same micro-batch twice has the gradients of one.
    for (const name of [...a.keys()].filter((key) => key.startsWith(PARAMS))) {
      a.get(name)!.forEach((value, i) => expect(b.get(name)![i], name).toBeCloseTo(value, 6));
    }
  });

  test.each(Object.keys(TINY_MODELS) as Family[])(
    '%s: a head on features gives the loss and the gradients of the whole model',
    async (family) => {
      const model = TINY_MODELS[family];
      const trained = trainedNames(model, { train: 'probe', train_blocks: 1 });
      const whole = await createProgram(engine, trainProgram({ ...plainOptions(model), trained }), 'eager');
      const start = startOf(whole.spec);
      await whole.writeState(start);
      const batch = batchFor(model, 2);
      const wanted = await whole.call('gradients', batch);

      const names = featureNames(model);
      const bare = { ...model, numClasses: null };
      const inner = await createProgram(
        engine,
        predictProgram({ architecture: bare, batch: BATCH, intermediates: names }),
        'eager',
      );
      await inner.writeState(
        new Map(Object.keys(inner.spec.state).map((name) => [name, start.get(PARAMS + name)!] as const)),
      );
      const seen = await inner.call('predict', { images: batch.images });
      const width = featureWidth(model);
      const each = width / names.length;
      const features = Float32Array.from({ length: BATCH * width }, (_, i) => {
        const [row, column] = [Math.floor(i / width), i % width];
        return seen[names[Math.floor(column / each)]!]!.data[row * each + (column % each)]!;
      });

      const spec = trainProgram({ ...plainOptions(model), trained, features: { width, evalBatch: 0 } });
      expect(Object.keys(spec.state)).toEqual([...trained.map((n) => PARAMS + n), ...trained.map((n) => `trace/${n}`)]);
      const head = await createProgram(engine, spec, 'eager');
      await head.writeState(
        new Map(trained.map((name): [string, TensorData] => [PARAMS + name, start.get(PARAMS + name)!])),
      );
      const labels = Int32Array.from({ length: BATCH }, (_, i) => batch.labels.indexOf(1, i * 5) - i * 5);
      const got = await head.call('gradients', { images: features, labels, seed: batch.seed });
      for (const program of [whole, inner, head]) program.dispose();
      expect(Object.keys(got).sort()).toEqual(Object.keys(wanted).sort());
      for (const [name, { data }] of Object.entries(wanted)) {
        data.forEach((value, i) => expect(got[name]!.data[i], name).toBeCloseTo(value, 5));
      }
    },
  );
});
