// The ceiling of a step: a model's matrix products and nothing else, as one program of XLA. matmuls.ts MODEL BATCH
// train|forward. Products have the model's shapes and order, gradients those of a training step; between them are
// reshapes, and the slices that part query, key and value. What is computed means nothing. Task: step.
import * as tf from '@tensorflow/tfjs-core';
import { arbitraryState } from '../../src-worker/engine/compare-modes.ts';
import { createProgram } from '../../src-worker/engine/create-program.ts';
import type { ProgramSpec, StateSpec, Tensors } from '../../src-worker/engine/program.ts';
import { loadEngine } from '../../src-worker/engine/runtime.ts';
import { valueAndGradients } from '../../src-worker/train/gradients.ts';
import { caseFrom, subjectArchitecture } from '../subject.ts';
import { serve } from './serve.ts';

const { subject, batch: B, task } = caseFrom(process.argv.slice(2));
const { width: D, depth, mlpDim, numHeads: H, imageSize, patchSize, numClasses } = subjectArchitecture(subject);
const patches = (imageSize[0] / patchSize[0]) * (imageSize[1] / patchSize[1]);
const [N, inputs] = [patches + 1, patchSize[0] * patchSize[1] * 3];

const weights: Record<string, StateSpec> = { embedding: { shape: [inputs, D], dtype: 'float32' } };
for (let i = 0; i < depth; i++) {
  weights[`${i}/qkv`] = { shape: [D, 3 * D], dtype: 'float32' };
  weights[`${i}/out`] = { shape: [D, D], dtype: 'float32' };
  weights[`${i}/mlp0`] = { shape: [D, mlpDim], dtype: 'float32' };
  weights[`${i}/mlp1`] = { shape: [mlpDim, D], dtype: 'float32' };
}
weights['head'] = { shape: [D, numClasses!], dtype: 'float32' };

/** state [B*N, inputs] and weights -> [B, C]. The class token's row goes through the embedding as well. */
function products(w: Tensors, rows: tf.Tensor): tf.Tensor2D {
  let x = tf.matMul(rows, w['embedding'] as tf.Tensor2D); // [B*N, D]
  for (let i = 0; i < depth; i++) {
    const of = (name: string): tf.Tensor2D => w[`${i}/${name}`] as tf.Tensor2D;
    const parts = tf.split(tf.reshape(tf.matMul(x, of('qkv')), [3, B, H, N, D / H]), 3);
    const [q, k, v] = parts.map((part) => tf.reshape(part, [B, H, N, D / H])) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const mixed = tf.matMul(tf.matMul(q, k, false, true), v); // [B, H, N, D/H]
    x = tf.matMul(tf.reshape<tf.Rank.R2>(mixed, [B * N, D]), of('out'));
    x = tf.matMul(tf.matMul(x, of('mlp0')), of('mlp1'));
  }
  return tf.matMul(tf.slice(x, [0, 0], [B, D]), w['head'] as tf.Tensor2D); // [B, C]
}

const spec: ProgramSpec = {
  name: 'matmuls',
  state: {
    ...weights,
    rows: { shape: [B * N, inputs], dtype: 'float32' },
    dy: { shape: [B, numClasses!], dtype: 'float32' },
  },
  methods: {
    step: {
      run: ({ rows, dy, ...w }) => {
        if (task === 'forward') return { outputs: { y: products(w, rows!) } };
        const loss = (parameters: Tensors): tf.Scalar => tf.sum(tf.mul(products(parameters, rows!), dy!));
        return { state: valueAndGradients(loss, w).gradients };
      },
    },
  },
};

const engine = await loadEngine('tensorflow');
const start = performance.now();
const program = await createProgram(engine, spec);
await program.takeState(new Map(arbitraryState(spec, 1, 0.05)));
await program.call('step');
await serve(
  { versions: {}, firstStep: (performance.now() - start) / 1000 },
  {
    step: async (n) => {
      for (let i = 0; i < n; i++) await program.call('step');
      return n * B;
    },
  },
);
