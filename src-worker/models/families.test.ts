import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Architecture, Family } from '../../src-shared/models/architecture.ts';
import { gridOf } from '../../src-shared/models/architecture.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { exportCheckpoint } from '../checkpoints/export-checkpoint.ts';
import { readCheckpoint } from '../checkpoints/read-checkpoint.ts';
import { writeCheckpoint } from '../checkpoints/write-checkpoint.ts';
import { arbitrary, compareModes } from '../engine/compare-modes.ts';
import { createProgram } from '../engine/create-program.ts';
import type { Program, TensorData } from '../engine/program.ts';
import { loadEngine, type Engine } from '../engine/runtime.ts';
import { initParams } from '../train/init-params.ts';
import { checkTrainable } from '../train/start.ts';
import { PARAMS, trainProgram } from '../train/train-program.ts';
import { predictProgram } from './predict-program.ts';
import { FAMILIES } from './registry.ts';

const BATCH = 2;
const CLASSES = 3;
const ENCODER = {
  width: 8,
  depth: 1,
  mlpDim: 12,
  numHeads: 2,
  classifier: 'token',
  representationSize: null,
  numClasses: CLASSES,
} as const;

/** A small model of each family, with images whose sides are neither equal nor multiples of the patch. */
const TINY: { readonly [F in Family]: Extract<Architecture, { family: F }> } = {
  vit: { ...ENCODER, family: 'vit', patchSize: [4, 6], imageSize: [17, 13], classifier: 'gap', representationSize: 5 },
  hybrid: {
    ...ENCODER,
    family: 'hybrid',
    patchSize: [1, 2],
    imageSize: [21, 30],
    resnet: { numLayers: [1, 1], widthFactor: 0.5 },
  },
  mixer: {
    family: 'mixer',
    patchSize: [4, 6],
    imageSize: [17, 13],
    width: 8,
    depth: 1,
    tokensMlpDim: 7,
    channelsMlpDim: 12,
    classifier: 'gap',
    representationSize: null,
    numClasses: CLASSES,
  },
  deit: {
    ...ENCODER,
    family: 'deit',
    patchSize: [4, 4],
    imageSize: [8, 12],
    gelu: 'erf',
    layerNormEpsilon: 1e-6,
    distillation: 'heads',
  },
};

const FAMILY_NAMES = Object.keys(FAMILIES) as Family[];
/** What every family shows of its inside. */
const INTERMEDIATES = ['patch_embedding', 'block0', 'pre_logits'];

/** Parameters that are all different from nothing: initial ones, moved (heads and biases begin as zeros). */
function paramsFor(architecture: Architecture, prefix = ''): Map<string, TensorData> {
  const init = initParams(architecture, 1);
  return new Map(
    [...init].map(([name, { data }], i) => {
      const noise = arbitrary(data.length, i, 0.2);
      return [prefix + name, data.map((value, k) => value + noise[k]!)];
    }),
  );
}

function batchFor({ imageSize }: Architecture): { images: Float32Array; labels: Float32Array; seed: Int32Array } {
  const labels = new Float32Array(BATCH * CLASSES);
  for (let i = 0; i < BATCH; i++) labels[i * CLASSES + (i % CLASSES)] = 1;
  return { images: arbitrary(BATCH * imageSize[0] * imageSize[1] * 3, 99), labels, seed: new Int32Array(2) };
}

const trainSpec = (architecture: Architecture) =>
  trainProgram({
    architecture,
    microBatch: BATCH,
    accumSteps: 1,
    gradNormClip: 1,
    dropoutRate: 0,
    attentionDropoutRate: 0,
  });

async function using<T>(program: Program, use: (program: Program) => Promise<T>): Promise<T> {
  try {
    return await use(program);
  } finally {
    program.dispose();
  }
}

/** The logits on an engine, op by op. */
async function logitsOn(engine: Engine, architecture: Architecture): Promise<TensorData> {
  return using(
    await createProgram(engine, predictProgram({ architecture, batch: BATCH }), 'eager'),
    async (program) => {
      await program.writeState(paramsFor(architecture));
      return (await program.call('predict', { images: batchFor(architecture).images }))['logits']!.data;
    },
  );
}

/**
 * The loss along a tensor's own gradient: its slope there must be the gradient's norm. Returns, for some tensors,
 * slope and norm.
 */
async function slopes(engine: Engine, architecture: Architecture, tensors = 12): Promise<[string, number, number][]> {
  return using(await createProgram(engine, trainSpec(architecture), 'eager'), async (program) => {
    const feeds = batchFor(architecture);
    const params = paramsFor(architecture, PARAMS);
    await program.writeState(params);
    const gradients = await program.call('gradients', feeds);
    const names = [...paramsOf(architecture).keys()];
    const chosen = Array.from({ length: tensors }, (_, i) => names[Math.floor((i * names.length) / tensors)]!);
    const found: [string, number, number][] = [];
    for (const name of chosen) {
      const start = params.get(PARAMS + name)!;
      const gradient = gradients[`grad/${name}`]!.data;
      const norm = Math.hypot(...gradient);
      const lossAt = async (step: number): Promise<number> => {
        const moved = Float32Array.from(start, (value, i) => value + (step * gradient[i]!) / norm);
        await program.writeState(new Map([[PARAMS + name, moved]]));
        return (await program.call('gradients', feeds))['loss']!.data[0]!;
      };
      const step = 5e-4;
      found.push([name, ((await lossAt(step)) - (await lossAt(-step))) / (2 * step), norm]);
      await program.writeState(new Map([[PARAMS + name, start]]));
    }
    return found;
  });
}

describe.each(FAMILY_NAMES)('%s', (family) => {
  const architecture = TINY[family];
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'vitrine-family-'))));
  afterAll(() => rm(folder, { recursive: true }));

  test('is saved and loaded bit for bit', async () => {
    const params = new Map(
      [...paramsFor(architecture)].map(([name, data]) => [
        name,
        { shape: paramsOf(architecture).get(name)!.shape, data: data as Float32Array },
      ]),
    );
    const paths = ['model.npz', 'again.npz'].map((name) => join(folder, name));
    let kept = { params, architecture };
    for (const path of paths) {
      await writeCheckpoint(path, {
        ...kept,
        labels: null,
        preprocessing: { resolution: architecture.imageSize, resize: 'bilinear', range: '[-1, 1]', exif: 'ignore' },
        provenance: {},
      });
      const { params: read, ...rest } = await readCheckpoint(path);
      expect(rest.architecture).toEqual(architecture);
      expect(gridOf(rest.architecture)).toEqual(gridOf(architecture));
      for (const [name, { data }] of params) {
        expect(Buffer.compare(bytesOf(read.get(name)!.data), bytesOf(data)), name).toBe(0);
      }
      kept = { params: new Map(read), architecture };
    }
    expect((await readFile(paths[1]!)).equals(await readFile(paths[0]!))).toBe(true);
  });

  test('computes and learns on WASM', { timeout: 60_000 }, async () => {
    const engine = await loadEngine('wasm');
    const before = tf.memory().numTensors;
    const logits = await logitsOn(engine, architecture);
    expect(logits).toHaveLength(BATCH * CLASSES);
    if (family === 'hybrid') {
      expect(() => checkTrainable(engine, architecture)).toThrow("WASM can't train hybrids");
    } else {
      checkTrainable(engine, architecture);
      expectSlopes(await slopes(engine, architecture));
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe.skipIf(!process.env.VITRINE_ENGINE_DIR).each(FAMILY_NAMES)('%s on TensorFlow', (family) => {
  const architecture = TINY[family];
  let engine: Engine;
  let before: number[];
  const held = (): number[] => [
    tf.memory().numTensors,
    engine.binding!.getNumOfTensors(),
    engine.binding!.getNumOfSavedModels(),
  ];
  beforeAll(async () => {
    engine = await loadEngine('tensorflow');
  });
  beforeEach(() => {
    before = held();
  });
  afterEach(() => {
    expect(held()).toEqual(before);
  });

  test('computes the same recorded and op by op, and shows its inside', { timeout: 60_000 }, async () => {
    const spec = predictProgram({ architecture, batch: BATCH, intermediates: INTERMEDIATES });
    const steps = [0, 1].map((seed) => {
      const { images } = batchFor(architecture);
      return { method: 'predict', feeds: { images: images.map((x) => (seed === 0 ? x : -x)) } };
    });
    const { differences } = await compareModes(engine, spec, { state: paramsFor(architecture), steps });
    const shown = [...differences.keys()].filter((key) => key.startsWith('0.'));
    expect(shown.sort()).toEqual(['logits', ...INTERMEDIATES].map((name) => `0.predict.${name}`).sort());
    for (const [name, difference] of differences) expect(difference, name).toBeLessThan(1e-4);
  });

  test('learns the same recorded and op by op', { timeout: 120_000 }, async () => {
    const { images, labels, seed } = batchFor(architecture);
    const steps = [0, 1].map(() => ({ method: 'train', feeds: { images, labels, seed, lr: Float32Array.of(0.03) } }));
    const spec = trainSpec(architecture);
    const state = paramsFor(architecture, PARAMS);
    const { differences } = await compareModes(engine, spec, { state, steps });
    for (const [name, difference] of differences) {
      // Momentum is rounded to bfloat16: a unit in its last place.
      expect(difference, name).toBeLessThan(name.startsWith('trace/') ? 1e-2 : 1e-3);
    }
  });

  test("has the loss's slope for its gradient", { timeout: 60_000 }, async () => {
    expectSlopes(await slopes(engine, architecture));
  });

  test('is exported and read back, or refused in words', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vitrine-family-'));
    const checkpoint = join(folder, 'model.npz');
    const specs = paramsOf(architecture);
    const params = [...paramsFor(architecture)].map(
      ([name, data]) => [name, { shape: specs.get(name)!.shape, data: data as Float32Array }] as const,
    );
    await writeCheckpoint(checkpoint, {
      params: new Map(params),
      architecture,
      labels: null,
      preprocessing: { resolution: architecture.imageSize, resize: 'bilinear', range: '[-1, 1]', exif: 'ignore' },
      provenance: {},
    });
    const written: string[] = [];
    for (const to of ['npz', 'timm', 'hf', 'savedmodel', 'onnx'] as const) {
      try {
        const output = join(folder, to);
        const { difference } = await exportCheckpoint({ checkpoint, allowNan: false, to, output });
        expect(difference, to).toBeLessThanOrEqual(1e-4);
        written.push(to);
      } catch (error) {
        expect(error, to).toMatchObject({
          code: 'usage',
          message: expect.stringMatching(/can't hold this model/) as string,
        });
      }
    }
    await rm(folder, { recursive: true });
    // Vitrine's own layout, and those that hold any computation.
    expect(written).toEqual(expect.arrayContaining(['npz', 'savedmodel', 'onnx']));
  });

  test('gives what WASM gives', async () => {
    const here = await logitsOn(engine, architecture);
    const there = await logitsOn(await loadEngine('wasm'), architecture);
    await loadEngine('tensorflow');
    here.forEach((value, i) => expect(value).toBeCloseTo(there[i]!, 4));
  });
});

function expectSlopes(found: [string, number, number][]): void {
  for (const [name, slope, norm] of found) {
    expect(Math.abs(slope - norm), `${name}: slope ${slope}, gradient ${norm}`).toBeLessThan(5e-4 + 0.01 * norm);
  }
  // Not all of them nothing.
  expect(found.filter(([, , norm]) => norm > 1e-3).length).toBeGreaterThan(found.length / 2);
}

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

test('sizes are those of the parameters', () => {
  for (const architecture of Object.values(TINY)) {
    const params = paramsFor(architecture);
    for (const [name, { shape }] of paramsOf(architecture)) expect(params.get(name)).toHaveLength(sizeOfShape(shape));
  }
});
