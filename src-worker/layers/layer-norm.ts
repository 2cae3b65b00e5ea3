import * as tf from '@tensorflow/tfjs-core';
import { param, type ParamTensors } from './dense.ts';

/** flax's default, which vit_jax keeps. */
const EPSILON = 1e-6;

/** Layer normalisation over the last axis with scale and bias at `path` (arXiv:1607.06450). x [..., D] -> [..., D]. */
// eslint-disable-next-line @typescript-eslint/max-params -- params, path and x as every layer has them
export function layerNorm(
  params: ParamTensors,
  path: string,
  x: tf.Tensor,
  { epsilon = EPSILON }: { epsilon?: number | undefined } = {},
): tf.Tensor {
  const mean = tf.mean(x, -1, true); // [..., 1]
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), -1, true); // [..., 1]
  const normed = tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
  return tf.add(tf.mul(normed, param(params, `${path}/scale`)), param(params, `${path}/bias`));
}
