// A model's step on Vitrine's engine: steps.ts recorded|eager MODEL BATCH train|forward. `eager` runs the same method op
// by op, as a person would run it on tfjs-node. Task: step.
import * as tf from '@tensorflow/tfjs-core';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { arbitrary, arbitraryState } from '../../src-worker/engine/compare-modes.ts';
import { createProgram } from '../../src-worker/engine/create-program.ts';
import { loadEngine } from '../../src-worker/engine/runtime.ts';
import type { TensorData } from '../../src-worker/engine/tensor-spec.ts';
import { predictProgram } from '../../src-worker/models/predict-program.ts';
import { trainProgram } from '../../src-worker/train/train-program.ts';
import { caseFrom, stepImages, subjectArchitecture } from '../subject.ts';
import { serve } from './serve.ts';

const [mode, ...rest] = process.argv.slice(2);
const { subject, batch, task } = caseFrom(rest);
const architecture = subjectArchitecture(subject);
const engine = await loadEngine('tensorflow');
const spec =
  task === 'forward'
    ? predictProgram({ architecture, batch })
    : trainProgram({
        architecture,
        microBatch: batch,
        accumSteps: 1,
        gradNormClip: 1,
        dropoutRate: 0,
        attentionDropoutRate: 0,
      });
const feeds: Record<string, TensorData> = { images: stepImages(batch) };
if (task === 'train') {
  const labels = new Float32Array(batch * architecture.numClasses!);
  for (let i = 0; i < batch; i++) labels[i * architecture.numClasses! + i] = 1;
  Object.assign(feeds, { labels, seed: Int32Array.of(1, 2), lr: Float32Array.of(0.01) });
}
const method = task === 'train' ? 'train' : 'predict';

// Not a part of the first step: a run reads its weights from a file.
const weights = mode === 'eager' ? null : new Map(arbitraryState(spec, 1, 0.05));
const start = performance.now();
const step = mode === 'eager' ? eagerly() : await recorded();
await step();
await serve(
  {
    versions: { TensorFlow: engine.version, node: process.versions.node },
    firstStep: (performance.now() - start) / 1000,
  },
  {
    step: async (n) => {
      for (let i = 0; i < n; i++) await step();
      return n * batch;
    },
  },
);

async function recorded(): Promise<() => Promise<unknown>> {
  const program = await createProgram(engine, spec);
  await program.takeState(weights!);
  return () => program.call(method, feeds);
}

/** The method op by op, its state in tensors that stay where they are. */
function eagerly(): () => Promise<void> {
  const called = spec.methods[method]!;
  const state = Object.fromEntries(
    Object.entries(spec.state).map(([key, { shape }]) => [
      key,
      tf.keep(tf.tensor(arbitrary(sizeOfShape(shape), 1, 0.05), [...shape])),
    ]),
  );
  return async () => {
    const result = tf.tidy(() => {
      const given = Object.fromEntries(
        Object.entries(called.feeds!).map(([key, { shape, dtype }]) => [
          key,
          tf.tensor(feeds[key]!, [...shape], dtype),
        ]),
      );
      return called.run(state, given) as { outputs: tf.NamedTensorMap; state?: tf.NamedTensorMap };
    });
    for (const [key, tensor] of Object.entries(result.state ?? {})) {
      state[key]!.dispose();
      state[key] = tf.keep(tensor);
    }
    for (const tensor of Object.values(result.outputs)) await tensor.data();
    tf.dispose(result.outputs);
  };
}
