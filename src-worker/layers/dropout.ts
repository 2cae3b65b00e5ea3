import * as tf from '@tensorflow/tfjs-core';
import { statelessUniform } from '../engine/random.ts';

/** Zeroes a share of a tensor's elements and scales the rest; the identity outside training. */
export type Dropout = (x: tf.Tensor) => tf.Tensor;

export const noDropout: Dropout = (x) => x;

/**
 * Dropout whose masks follow from a fed seed: the n-th call within a step draws from the seed's n-th stream, so that a
 * resumed step drops the same elements.
 * @param seed int32 [2], fed.
 * @param streams numbers the calls of one step; share it among the dropouts of a model.
 */
export function makeDropout(rate: number, seed: tf.Tensor1D, streams: { next: number }): Dropout {
  if (rate === 0) return noDropout;
  const keep = 1 - rate;
  return (x) => {
    const uniform = statelessUniform(x.shape, seed, streams.next++);
    return tf.mul(x, tf.mul(tf.cast(tf.less(uniform, keep), 'float32'), 1 / keep));
  };
}
