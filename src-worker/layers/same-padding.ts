import * as tf from '@tensorflow/tfjs-core';

/**
 * Zeros around images so that patches fill them, placed as TensorFlow's SAME padding of a convolution with kernel and
 * stride P places them: half before, half after, the odd one after. [B, H, W, C] -> [B, ⌈H/P⌉·P, ⌈W/P⌉·P, C].
 */
export function padToPatches(images: tf.Tensor4D, patchSize: readonly [number, number]): tf.Tensor4D {
  const [, H, W] = images.shape;
  const [top, bottom] = margins(H, patchSize[0]);
  const [left, right] = margins(W, patchSize[1]);
  if (top + bottom + left + right === 0) return images;
  return tf.pad4d(images, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
}

function margins(size: number, patch: number): [number, number] {
  const total = Math.ceil(size / patch) * patch - size;
  const before = Math.floor(total / 2);
  return [before, total - before];
}
