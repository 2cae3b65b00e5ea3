import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { numTokens } from '../../src-shared/models/architecture.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { arbitrary, arbitraryState, compareModes } from '../engine/compare-modes.ts';
import { createProgram } from '../engine/create-program.ts';
import { buildGraph } from '../engine/graph/program-graph.ts';
import { nodeBackend } from '../engine/node-backend.ts';
import { loadEngine, type Engine } from '../engine/runtime.ts';
import { predictProgram } from './predict-program.ts';
import { CLASSIFIERS, tinyVit } from './tiny-vit.ts';

const BATCH = 3;
const ARCHITECTURES = [
  ...CLASSIFIERS.map((classifier) => [classifier, tinyVit(classifier)] as const),
  ['token with a representation', tinyVit('token', { representationSize: 6 })] as const,
  ['gap without a head', tinyVit('gap', { numClasses: null })] as const,
  ['patches that leave a rim', tinyVit('token', { imageSize: [15, 17] })] as const,
];
const INTERMEDIATES = [
  'patch_embedding',
  'posembed_input',
  'block0_attention_weights',
  'block0_attention',
  'block0',
  'block1_attention_weights',
  'block1_attention',
  'block1',
  'encoder_norm',
  'pre_logits',
];

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('predict', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadEngine('tensorflow');
  });

  test.each(ARCHITECTURES)('%s: recorded is eager', async (_, architecture) => {
    const spec = predictProgram({ architecture, batch: BATCH, intermediates: INTERMEDIATES });
    const before = [tf.memory().numTensors, engine.binding!.getNumOfTensors()];
    const size = BATCH * sizeOfShape(architecture.imageSize) * 3;
    const { differences } = await compareModes(engine, spec, {
      state: arbitraryState(spec, 11),
      steps: [1, 2].map((seed) => ({ method: 'predict', feeds: { images: arbitrary(size, seed) } })),
    });
    for (const [name, difference] of differences) expect(difference, name).toBeLessThan(1e-5);
    expect(differences.size).toBe(2 * (INTERMEDIATES.length + 1) + Object.keys(spec.state).length);
    expect([tf.memory().numTensors, engine.binding!.getNumOfTensors()]).toEqual(before);
    const graphs = [0, 1].map(() => buildGraph(spec, nodeBackend()!).savedModel);
    expect(Buffer.compare(graphs[0]!, graphs[1]!)).toBe(0);
  });

  test('shapes are those the paper gives', async () => {
    const architecture = tinyVit('unpooled');
    const spec = predictProgram({ architecture, batch: BATCH, intermediates: INTERMEDIATES });
    const program = await createProgram(engine, spec);
    const outputs = await program.call('predict', { images: new Float32Array(BATCH * 12 * 16 * 3) });
    program.dispose();
    const N = numTokens(architecture);
    expect(N).toBe(6);
    expect(outputs['patch_embedding']!.shape).toEqual([BATCH, 3, 2, 8]);
    expect(outputs['block1_attention_weights']!.shape).toEqual([BATCH, 2, N, N]);
    expect(outputs['encoder_norm']!.shape).toEqual([BATCH, N, 8]);
    expect(outputs['logits']!.shape).toEqual([BATCH, N, 5]);
  });
});
