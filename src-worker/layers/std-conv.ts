import * as tf from '@tensorflow/tfjs-core';
import { param, type ParamTensors } from './dense.ts';

/** vit_jax/models_resnet.py (weight_standardize). timm has sqrt(variance + 1e-8) here. */
const EPSILON = 1e-5;

/**
 * A convolution whose kernel is standardised first (arXiv:1903.10520): zero mean and unit standard deviation for each
 * output channel. Padding SAME as TensorFlow has it, so uneven at stride 2; no bias.
 * @param x [B, H, W, I] with kernel [K, K, I, O] at `path`.
 * @returns [B, ceil(H / stride), ceil(W / stride), O]
 */
export function stdConv(
  params: ParamTensors,
  path: string,
  { x, stride }: { x: tf.Tensor4D; stride: number },
): tf.Tensor4D {
  const kernel = param(params, `${path}/kernel`) as tf.Tensor4D;
  const centred = tf.sub(kernel, tf.mean(kernel, [0, 1, 2], true));
  const deviation = tf.sqrt(tf.mean(tf.square(centred), [0, 1, 2], true)); // [1, 1, 1, O]
  return tf.conv2d(x, tf.div(centred, tf.add(deviation, EPSILON)), stride, 'same');
}
