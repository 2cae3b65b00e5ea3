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

  const project = (name: string): tf.Tensor4D => {
    const kernel = tf.reshape(param(params, `${path}/${name}/kernel`), [D, H * headSize]); // [D, H, D/H] -> [D, D]
    const bias = tf.reshape(param(params, `${path}/${name}/bias`), [H * headSize]);
    const projected = tf.add(tf.matMul(rows, kernel as tf.Tensor2D), bias); // [B*N, D]
    return tf.transpose(tf.reshape(projected, [B, N, H, headSize]), [0, 2, 1, 3]); // -> [B, H, N, D/H]
  };

  const query = tf.div(project('query'), Math.sqrt(headSize));
  const scores = tf.matMul(query, project('key'), false, true); // [B, H, N, N]
  const weights = tf.softmax(scores);
  onWeights?.(weights);
  const mixed = tf.matMul(dropout(weights), project('value')); // [B, H, N, D/H]
  const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B * N, H * headSize]); // -> [B*N, D]
  const out = tf.reshape(param(params, `${path}/out/kernel`), [H * headSize, D]); // [H, D/H, D] -> [D, D]
  return tf.reshape(tf.add(tf.matMul(joined as tf.Tensor2D, out as tf.Tensor2D), param(params, `${path}/out/bias`)), [
    B,
    N,
    D,
  ]);
}
