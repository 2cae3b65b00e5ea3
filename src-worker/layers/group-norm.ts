import * as tf from '@tensorflow/tfjs-core';
import { GROUPS } from '../../src-shared/models/hybrid-params.ts';
import { param, type ParamTensors } from './dense.ts';

/** flax's default, which vit_jax keeps. */
const EPSILON = 1e-6;

/** Group normalisation (arXiv:1803.08494) with scale and bias [C] at `path`. x [B, H, W, C] -> [B, H, W, C]. */
export function groupNorm(params: ParamTensors, path: string, x: tf.Tensor4D): tf.Tensor4D {
  const [B, H, W, C] = x.shape;
  const grouped = tf.reshape(x, [B, H * W, GROUPS, C / GROUPS]); // [B, H, W, C] -> [B, H*W, G, C/G]
  const centred = tf.sub(grouped, tf.mean(grouped, [1, 3], true));
  const variance = tf.mean(tf.square(centred), [1, 3], true); // [B, 1, G, 1]
  const normed = tf.reshape(tf.mul(centred, tf.rsqrt(tf.add(variance, EPSILON))), [B, H, W, C]);
  return tf.add(tf.mul(normed, param(params, `${path}/scale`)), param(params, `${path}/bias`));
}
