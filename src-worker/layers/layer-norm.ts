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
  return tf.add(tf.mul(normalise(x, epsilon), param(params, `${path}/scale`)), param(params, `${path}/bias`));
}

/**
 * (x - mean) / sqrt(variance + epsilon) over the last axis. Its gradient is written out, with fewer passes over
 * the tensor than the ops' own put together (docs/performance.md).
 */
function normalise(x: tf.Tensor, epsilon: number): tf.Tensor {
  const withGradient = tf.customGrad((input, save) => {
    const tensor = input as tf.Tensor;
    const mean = tf.mean(tensor, -1, true); // [..., 1]
    const centred = tf.sub(tensor, mean);
    const variance = tf.mean(tf.square(centred), -1, true); // [..., 1]
    const scale = tf.rsqrt(tf.add(variance, epsilon)); // [..., 1]
    const value = tf.mul(centred, scale);
    (save as (tensors: tf.Tensor[]) => void)([value, scale]);
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => gradient(dy, saved) };
  });
  return withGradient(x);
}

/** dx = (dy - mean(dy) - y · mean(dy · y)) · scale, with y the normalised rows. */
function gradient(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor {
  const [y, scale] = saved as [tf.Tensor, tf.Tensor];
  const along = tf.mean(tf.mul(dy, y), -1, true); // [..., 1]
  const centred = tf.sub(dy, tf.mean(dy, -1, true));
  return tf.mul(tf.sub(centred, tf.mul(y, along)), scale);
}
