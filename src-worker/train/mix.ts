import * as tf from '@tensorflow/tfjs-core';
import type { Mix } from '../../src-shared/data/mix-plan.ts';
import type { TensorSpec } from '../engine/program.ts';

/** The feed `mix`: shares of the labels, outside and inside of the box; the box's top, left, bottom, right, px. */
export const MIX_FEED: TensorSpec = { shape: [7], dtype: 'float32' };

export function mixFeed({ label, outside, inside, box }: Mix): Float32Array {
  return Float32Array.of(label, outside, inside, ...box);
}

type Seven<T> = [T, T, T, T, T, T, T];

interface Batch {
  /** [B, H, W, 3] */
  images: tf.Tensor4D;
  /** [B, C] */
  labels: tf.Tensor;
}

/**
 * Each image mixed with the one before it in the batch, the first with the last: mixup (arXiv:1710.09412) where the box
 * is empty, cutmix (arXiv:1905.04899) where it is not. How much of its own an image keeps is fed, so one program does
 * both.
 */
export function mixed({ images, labels }: Batch, mix: tf.Tensor1D): Batch {
  const [, height, width] = images.shape;
  const [label, outside, inside, top, left, bottom, right] = tf.unstack(mix) as Seven<tf.Scalar>;
  const between = (size: number, from: tf.Scalar, to: tf.Scalar): tf.Tensor => {
    const place = tf.range(0, size, 1, 'float32');
    return tf.logicalAnd(tf.greaterEqual(place, from), tf.less(place, to)); // [size]
  };
  const rows = tf.reshape(between(height, top, bottom), [1, height, 1, 1]);
  const columns = tf.reshape(between(width, left, right), [1, 1, width, 1]);
  const own = tf.where(tf.logicalAnd(rows, columns), inside, outside); // [1, H, W, 1]
  return { images: blend(images, own), labels: blend(labels, label) };
}

/** own · x + (1 - own) · the x before it in the batch. */
function blend<T extends tf.Tensor>(x: T, own: tf.Tensor): T {
  const [batch] = x.shape as [number];
  const rest = x.shape.slice(1);
  if (batch === 1) return x;
  const none = rest.map(() => 0);
  const last = tf.slice(x, [batch - 1, ...none], [1, ...rest]);
  const before = tf.concat([last, tf.slice(x, [0, ...none], [batch - 1, ...rest])], 0);
  return tf.add(tf.mul(x, own), tf.mul(before, tf.sub(1, own)));
}
