import * as tf from '@tensorflow/tfjs-core';
import { param, type ParamTensors } from './dense.ts';
import type { Dropout } from './dropout.ts';

export interface AttentionOptions {
  /** [B, N, D] */
  x: tf.Tensor3D;
  /** Applied to the attention weights. */
  dropout: Dropout;
  /** Receives the attention weights, [B, H, N, N]. */
  onWeights?: (weights: tf.Tensor) => void;
}

/** What attention projects its input to, in the order in which the products lie side by side. */
const PARTS = ['query', 'key', 'value'] as const;

/**
 * Multi-head self-attention (arXiv:1706.03762) with flax's parameters: query, key and value kernels [D, H, D/H] with
 * biases [H, D/H], out kernel [H, D/H, D] with bias [D]. x [B, N, D] -> [B, N, D].
 */
export function selfAttention(
  params: ParamTensors,
  path: string,
  { x, dropout, onWeights }: AttentionOptions,
): tf.Tensor3D {
  const [B, N, D] = x.shape;
  const [, H, headSize] = param(params, `${path}/query/kernel`).shape as [number, number, number];
  const rows = tf.reshape(x, [B * N, D]); // [B, N, D] -> [B*N, D]

  const kernels = PARTS.map((name) =>
    tf.reshape<tf.Rank.R2>(param(params, `${path}/${name}/kernel`), [D, H * headSize]),
  );
  const biases = PARTS.map((name) => tf.reshape<tf.Rank.R1>(param(params, `${path}/${name}/bias`), [H * headSize]));
  // One product for all three: [D, H, D/H] each -> [D, 3*D]; its gradients are one product each too.
  const projected = tf.add(tf.matMul(rows, tf.concat(kernels, 1)), tf.concat(biases)); // [B*N, 3*D]
  const parts = tf.split(tf.reshape(projected, [B, N, 3, H, headSize]), 3, 2);
  const [queries, key, value] = parts.map(
    (part) => tf.transpose(tf.reshape(part, [B, N, H, headSize]), [0, 2, 1, 3]), // -> [B, H, N, D/H]
  ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];

  const query = tf.div(queries, Math.sqrt(headSize));
  const scores = tf.matMul(query, key, false, true); // [B, H, N, N]
  const weights = tf.softmax(scores);
  onWeights?.(weights);
  const mixed = tf.matMul(dropout(weights), value); // [B, H, N, D/H]
  const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B * N, H * headSize]); // -> [B*N, D]
  const out = tf.reshape(param(params, `${path}/out/kernel`), [H * headSize, D]); // [H, D/H, D] -> [D, D]
  return tf.reshape(tf.add(tf.matMul(joined as tf.Tensor2D, out as tf.Tensor2D), param(params, `${path}/out/bias`)), [
    B,
    N,
    D,
  ]);
}
