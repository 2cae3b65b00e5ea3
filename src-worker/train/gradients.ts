import * as tf from '@tensorflow/tfjs-core';

export type NamedTensors = Record<string, tf.Tensor>;

/** The value of a scalar function of named tensors and its gradient by each of them. */
export function valueAndGradients(
  f: (params: NamedTensors) => tf.Scalar,
  params: NamedTensors,
): { value: tf.Scalar; gradients: NamedTensors } {
  const names = Object.keys(params);
  const { value, grads } = tf.valueAndGrads((...tensors) =>
    f(Object.fromEntries(names.map((name, i) => [name, tensors[i]!]))),
  )(names.map((name) => params[name]!));
  return { value, gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])) };
}

/** The square root of the sum of all squares. */
export function globalNorm(tensors: NamedTensors): tf.Scalar {
  const squares = Object.values(tensors).map((t) => tf.sum(tf.square(t)));
  return tf.sqrt(squares.reduce((sum, s) => tf.add(sum, s))) as tf.Scalar;
}

/**
 * optax.clip_by_global_norm: the gradients as they are if their norm is below `maxNorm`, else g / norm · maxNorm.
 * (Division by 1 and multiplication by 1 are exact, so one expression serves both.)
 */
export function clipByGlobalNorm(gradients: NamedTensors, norm: tf.Scalar, maxNorm: number): NamedTensors {
  const clip = tf.greaterEqual(norm, maxNorm);
  const one = tf.scalar(1);
  const divisor = tf.where(clip, norm, one);
  const factor = tf.where(clip, tf.scalar(maxNorm), one);
  return mapTensors(gradients, (g) => tf.mul(tf.div(g, divisor), factor));
}

export function mapTensors(tensors: NamedTensors, f: (tensor: tf.Tensor, name: string) => tf.Tensor): NamedTensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, f(tensor, name)]));
}

/** The same tensors under longer names. */
export function withPrefix(tensors: NamedTensors, prefix: string): NamedTensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));
}
