import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { arbitrary, arbitraryState } from '../engine/compare-modes.ts';
import { createProgram } from '../engine/create-program.ts';
import { buildGraph } from '../engine/graph/program-graph.ts';
import { nodeBackend } from '../engine/node-backend.ts';
import type { Program, ProgramSpec, TensorData } from '../engine/program.ts';
import { loadEngine, type Engine } from '../engine/runtime.ts';
import { tinyVit } from '../models/tiny-vit.ts';
import { trainProgram } from '../train/train-program.ts';

const BATCH = 2;
const CLASSES = 5;

const MODELS: Readonly<Record<string, Architecture>> = {
  vit: tinyVit('token'),
  deit: {
    ...tinyVit('token', { depth: 1 }),
    family: 'deit',
    classifier: 'token',
    representationSize: null,
    gelu: 'erf',
    layerNormEpsilon: 1e-6,
    distillation: 'heads',
  },
  mixer: {
    family: 'mixer',
    patchSize: [4, 8],
    imageSize: [12, 16],
    width: 8,
    depth: 2,
    tokensMlpDim: 7,
    channelsMlpDim: 12,
    classifier: 'gap',
    representationSize: null,
    numClasses: CLASSES,
  },
};

/** A step with random draws in every block. */
function stepOf(architecture: Architecture, recompute: boolean): ProgramSpec {
  return trainProgram({
    architecture,
    microBatch: BATCH,
    accumSteps: 1,
    gradNormClip: 1,
    dropoutRate: 0.3,
    attentionDropoutRate: 0.2,
    recompute,
  });
}

async function gradients(
  engine: Engine,
  { spec, mode }: { spec: ProgramSpec; mode: Program['mode'] },
): Promise<Record<string, TensorData>> {
  const program = await createProgram(engine, spec, mode);
  try {
    await program.writeState(arbitraryState(spec, 5));
    const labels = new Float32Array(BATCH * CLASSES);
    for (let i = 0; i < BATCH; i++) labels[i * CLASSES + i] = 1;
    const feeds = { images: arbitrary(BATCH * 12 * 16 * 3, 9), labels, seed: Int32Array.of(4, 2) };
    const values = await program.call('gradients', feeds);
    return Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, data]));
  } finally {
    program.dispose();
  }
}

function expectClose(got: Record<string, TensorData>, wanted: Record<string, TensorData>, tolerance: number): void {
  expect(Object.keys(got)).toEqual(Object.keys(wanted));
  for (const [name, values] of Object.entries(wanted)) {
    const worst = Math.max(...Array.from(values, (v, i) => Math.abs(v - got[name]![i]!)));
    expect(worst, name).toBeLessThanOrEqual(tolerance);
  }
}

const kinds = ['wasm', ...(process.env.VITRINE_ENGINE_DIR ? (['tensorflow'] as const) : [])] as const;

describe.each(kinds)('blocks computed again, op by op on %s', (kind) => {
  test.each(Object.keys(MODELS))('%s: the same gradients, draws included, and no tensor left', async (name) => {
    const engine = await loadEngine(kind);
    const before = tf.memory().numTensors;
    const [plain, again] = [false, true].map((recompute) => stepOf(MODELS[name]!, recompute));
    const wanted = await gradients(engine, { spec: plain!, mode: 'eager' });
    expectClose(await gradients(engine, { spec: again!, mode: 'eager' }), wanted, 0);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('blocks computed again, recorded', { timeout: 240_000 }, () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadEngine('tensorflow');
  });

  test('the same gradients as op by op, and as kept', async () => {
    const wanted = await gradients(engine, { spec: stepOf(MODELS['vit']!, false), mode: 'eager' });
    const got = await gradients(engine, { spec: stepOf(MODELS['vit']!, true), mode: 'recorded' });
    expectClose(got, wanted, 1e-5);
  });

  test.each(Object.keys(MODELS))('%s: a second forward pass for each block', (name) => {
    const architecture = MODELS[name]!;
    const [plain, again] = [false, true].map((recompute) => {
      const spec = stepOf(architecture, recompute);
      const methods = { gradients: spec.methods['gradients']! };
      const graph = Buffer.from(buildGraph({ ...spec, methods }, nodeBackend()!).savedModel).toString('latin1');
      return graph.split('\x12\x0dBatchMatMulV2').length; // the field `op` of a node
    });
    // At least both products of either MLP; or scores, mixed, out and those of the MLP.
    expect(again! - plain!).toBeGreaterThanOrEqual(architecture.depth * 4);
  });
});
