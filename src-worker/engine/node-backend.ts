import * as tf from '@tensorflow/tfjs-core';
import type { NodeBackend } from './binding.ts';

export type { NodeBackend };

/** tfjs-node's backend, or undefined when the engine isn't TensorFlow. */
export function nodeBackend(): NodeBackend | undefined {
  return tf.getBackend() === 'tensorflow' ? (tf.backend() as unknown as NodeBackend) : undefined;
}
