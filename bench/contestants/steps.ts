// Ti/16 on Vitrine's engine: the recorded programs, the same methods op by op as tfjs-node runs them, and the matrix
// product that bounds both. Tasks: recorded-train, recorded-forward, eager-train, eager-forward, matmul.
import * as tf from '@tensorflow/tfjs-core';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { arbitrary, arbitraryState } from '../../src-worker/engine/compare-modes.ts';
import { createProgram } from '../../src-worker/engine/create-program.ts';
import type { ProgramSpec } from '../../src-worker/engine/program.ts';
import { loadEngine } from '../../src-worker/engine/runtime.ts';
import type { TensorData } from '../../src-worker/engine/tensor-spec.ts';
import { predictProgram } from '../../src-worker/models/predict-program.ts';
import { trainProgram } from '../../src-worker/train/train-program.ts';
import { BATCH, TI_16 } from '../subject.ts';
import { serve } from './serve.ts';

const engine = await loadEngine('tensorflow');
const train = trainProgram({
  architecture: TI_16,
  microBatch: BATCH,
  accumSteps: 1,
  gradNormClip: 1,
  dropoutRate: 0,
  attentionDropoutRate: 0,
});
const predict = predictProgram({ architecture: TI_16, batch: BATCH });

const labels = new Float32Array(BATCH * TI_16.numClasses!);
for (let i = 0; i < BATCH; i++) labels[i * TI_16.numClasses! + i] = 1;
const images = arbitrary(BATCH * sizeOfShape(TI_16.imageSize) * 3, 1);
const trainFeeds = { images, labels, seed: Int32Array.of(1, 2), lr: Float32Array.of(0.01) };

const recorded = { train: await createProgram(engine, train), forward: await createProgram(engine, predict) };
await recorded.train.writeState(arbitraryState(train, 1, 0.05));
await recorded.forward.writeState(arbitraryState(predict, 1, 0.05));
await recorded.train.call('train', trainFeeds); // compiles
await recorded.forward.call('predict', { images });

const eager = { train: eagerly(train, 'train', trainFeeds), forward: eagerly(predict, 'predict', { images }) };

const SIZE = 2048;
const [a, b] = [0, 1].map((seed) => tf.tensor2d(arbitrary(SIZE * SIZE, seed), [SIZE, SIZE]));

await serve(
  { versions: { TensorFlow: engine.version, node: process.versions.node } },
  {
    'recorded-train': (n) => repeat(n, () => recorded.train.call('train', trainFeeds)),
    'recorded-forward': (n) => repeat(n, () => recorded.forward.call('predict', { images })),
    'eager-train': (n) => repeat(n, eager.train),
    'eager-forward': (n) => repeat(n, eager.forward),
    matmul: async (n) => {
      for (let i = 0; i < n; i++) tf.tidy(() => tf.slice(tf.matMul(a!, b!), [0, 0], [1, 1]).dataSync());
      return (n * 2 * SIZE ** 3) / 1e9;
    },
  },
);

async function repeat(n: number, step: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < n; i++) await step();
  return n * BATCH;
}

/** A method as a person would run it on tfjs-node: op by op, its state in tensors that stay where they are. */
function eagerly(spec: ProgramSpec, name: string, given: Readonly<Record<string, TensorData>>): () => Promise<void> {
  const method = spec.methods[name]!;
  const state = Object.fromEntries(
    Object.entries(spec.state).map(([key, { shape }]) => [
      key,
      tf.keep(tf.tensor(arbitrary(sizeOfShape(shape), 1, 0.05), [...shape])),
    ]),
  );
  return async () => {
    const result = tf.tidy(() => {
      const feeds = Object.fromEntries(
        Object.entries(method.feeds!).map(([key, { shape, dtype }]) => [
          key,
          tf.tensor(given[key]!, [...shape], dtype),
        ]),
      );
      return method.run(state, feeds) as { outputs: tf.NamedTensorMap; state: tf.NamedTensorMap };
    });
    for (const [key, tensor] of Object.entries(result.state ?? {})) {
      state[key]!.dispose();
      state[key] = tf.keep(tensor);
    }
    for (const tensor of Object.values(result.outputs)) await tensor.data();
    tf.dispose(result.outputs);
  };
}
