import * as tf from '@tensorflow/tfjs-core';
import { inTower } from '../engine/towers.ts';
import { mapTensors, type NamedTensors } from './gradients.ts';

/** Images [B, H, W, 3] and the shares of their classes [B, C]. */
export interface Batch {
  images: tf.Tensor4D;
  labels: tf.Tensor;
}

export interface LossAndGradients {
  loss: tf.Tensor;
  gradients: NamedTensors;
}

/**
 * Data parallelism: each of `count` devices computes loss and gradients of its equal part of the batch, and the means
 * of those are the whole batch's, as a loss is a mean over images. Parameters are read where they are kept (the first
 * device), and the update is made there, once. Random draws don't depend on the count (engine/towers.ts); sums do, in
 * their last digits.
 */
export function towers(batch: Batch, count = 1, compute: (part: Batch) => LossAndGradients): LossAndGradients {
  if (count === 1) return compute(batch);
  const parts = Array.from({ length: count }, (_, index) =>
    inTower({ index, count }, () =>
      compute({ images: partOf(batch.images, index, count), labels: partOf(batch.labels, index, count) }),
    ),
  );
  const mean = (pick: (part: LossAndGradients) => tf.Tensor): tf.Tensor =>
    tf.div(
      parts.map(pick).reduce((sum, value) => tf.add(sum, value)),
      count,
    );
  return {
    loss: mean(({ loss }) => loss),
    gradients: mapTensors(parts[0]!.gradients, (_, name) => mean(({ gradients }) => gradients[name]!)),
  };
}

/** Part `index` of `count` along the first axis. */
function partOf<T extends tf.Tensor>(whole: T, index: number, count: number): T {
  const [B, ...rest] = whole.shape as [number, ...number[]];
  if (B % count !== 0) throw new Error(`${B} images can't be split over ${count} devices`);
  return tf.slice(whole, [(index * B) / count, ...rest.map(() => 0)], [B / count, ...rest]);
}
