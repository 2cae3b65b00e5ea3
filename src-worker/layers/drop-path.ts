import * as tf from '@tensorflow/tfjs-core';
import { statelessUniform } from '../engine/random.ts';

/** Leaves out what a block adds, for a share of the images, and scales the rest; the identity outside training. */
export type DropPath = (branch: tf.Tensor, block: number) => tf.Tensor;

export const noDropPath: DropPath = (branch) => branch;

/**
 * Stochastic depth (arXiv:1603.09382): each residual branch is left out for an image with a probability that rises
 * linearly from 0 at the first block to `rate` at the last, as in big_vision's Mixer and timm. What stays is divided
 * by the probability of staying, as timm does, so that evaluation needs no factor; big_vision's Mixer doesn't. Each
 * branch draws anew, from the next of the seed's streams.
 * @param seed int32 [2], fed.
 * @param streams shared with the model's dropouts.
 */
export function makeDropPath(
  { rate, depth }: { rate: number; depth: number },
  seed: tf.Tensor1D,
  streams: { next: number },
): DropPath {
  if (rate === 0) return noDropPath;
  return (branch, block) => {
    const keep = 1 - (rate * block) / Math.max(1, depth - 1);
    if (keep === 1) return branch;
    const shape = branch.shape.map((size, axis) => (axis === 0 ? size : 1)); // [B, 1, 1]
    const stays = tf.less(statelessUniform(shape, seed, streams.next++), keep);
    return tf.mul(branch, tf.mul(tf.cast(stays, 'float32'), 1 / keep)); // [B, N, D]
  };
}
