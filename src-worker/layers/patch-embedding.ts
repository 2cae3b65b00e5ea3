import * as tf from '@tensorflow/tfjs-core';
import { param, type ParamTensors } from './dense.ts';

/**
 * Cuts images into patches and embeds each: the convolution with stride P of the paper, written as one matrix product
 * (the same numbers; it needs no convolution gradient and is faster on CPUs). Rows and columns that don't fill a
 * patch are left out, as VALID padding does.
 * @param images [B, H, W, 3]
 * @returns [B, H/P, W/P, D] with kernel [P, P, 3, D] and bias [D] at `path`.
 */
export function patchEmbedding(params: ParamTensors, path: string, images: tf.Tensor4D): tf.Tensor4D {
  const kernel = param(params, `${path}/kernel`) as tf.Tensor4D;
  const [patchH, patchW, channels, D] = kernel.shape;
  const [B, H, W] = images.shape;
  const [gridH, gridW] = [Math.floor(H / patchH), Math.floor(W / patchW)];
  const whole = H % patchH === 0 && W % patchW === 0;
  const cropped = whole ? images : tf.slice(images, [0, 0, 0, 0], [B, gridH * patchH, gridW * patchW, channels]);
  const split = tf.reshape(cropped, [B * gridH, patchH, gridW, patchW * channels]);
  const patches = tf.transpose(split, [0, 2, 1, 3]); // [B*gridH, P, gridW, P*3] -> [B*gridH, gridW, P, P*3]
  const rows = tf.reshape<tf.Rank.R2>(patches, [B * gridH * gridW, patchH * patchW * channels]);
  const embedded = tf.matMul(rows, tf.reshape<tf.Rank.R2>(kernel, [-1, D])); // [B*gridH*gridW, D]
  return tf.reshape(tf.add(embedded, param(params, `${path}/bias`)), [B, gridH, gridW, D]);
}
