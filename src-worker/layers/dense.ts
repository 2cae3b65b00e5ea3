import * as tf from '@tensorflow/tfjs-core';

/** Parameters of a layer as tensors, by vit_jax's path. */
export type ParamTensors = Readonly<Record<string, tf.Tensor>>;

/** The parameter at a path. Throws when the model asks for one that isn't there: a bug, not bad input. */
export function param(params: ParamTensors, path: string): tf.Tensor {
  const tensor = params[path];
  if (!tensor) throw new Error(`parameter ${path} is missing`);
  return tensor;
}

/**
 * A linear layer over the last axis, as one matrix product.
 * @param x [..., I]
 * @returns [..., O] with kernel [I, O] and bias [O] at `path`.
 */
export function dense(params: ParamTensors, path: string, x: tf.Tensor): tf.Tensor {
  const kernel = param(params, `${path}/kernel`) as tf.Tensor2D;
  const bias = param(params, `${path}/bias`);
  const rows = tf.reshape<tf.Rank.R2>(x, [-1, kernel.shape[0]]); // [..., I] -> [R, I]
  const y = tf.add(tf.matMul(rows, kernel), bias); // [R, O]
  return tf.reshape(y, [...x.shape.slice(0, -1), kernel.shape[1]]);
}
