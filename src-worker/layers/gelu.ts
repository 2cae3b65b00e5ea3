import * as tf from '@tensorflow/tfjs-core';

/** The function that an architecture's `gelu` names. */
export function geluOf(gelu: 'erf' | undefined): (x: tf.Tensor) => tf.Tensor {
  return gelu === 'erf' ? geluErf : geluTanh;
}

/** GELU as defined (arXiv:1606.08415): x times the normal distribution's share below x. DeiT's and timm's. */
export function geluErf(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

/** Of x and of x cubed within the tanh. */
const [LINEAR, CUBIC] = [Math.sqrt(2 / Math.PI), 0.044715];

/**
 * The tanh approximation of GELU (arXiv:1606.08415), which is what vit_jax computes: jax.nn.gelu's default.
 * timm's default is the exact one; the two differ by up to 1e-3 in a ViT's logits. Its gradient is written
 * out, with fewer passes over the tensor than the ops' own put together (docs/performance.md).
 */
export function geluTanh(x: tf.Tensor): tf.Tensor {
  const withGradient = tf.customGrad((input, save) => {
    const tensor = input as tf.Tensor;
    const cubed = tf.mul(tf.mul(tensor, tensor), tensor);
    const tanh = tf.tanh(tf.mul(tf.add(tensor, tf.mul(cubed, CUBIC)), LINEAR));
    const value = tf.mul(tf.mul(tensor, 0.5), tf.add(tanh, 1));
    (save as (tensors: tf.Tensor[]) => void)([tensor, tanh]);
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, slope(saved)) };
  });
  return withGradient(x);
}

/** (1 + t) / 2 + x / 2 · (1 - t²) · d, with t the tanh and d its argument's slope. */
function slope(saved: tf.Tensor[]): tf.Tensor {
  const [x, tanh] = saved as [tf.Tensor, tf.Tensor];
  const inner = tf.add(tf.mul(tf.mul(x, x), 3 * CUBIC * LINEAR), LINEAR);
  const rising = tf.mul(tf.mul(tf.mul(x, 0.5), tf.sub(1, tf.mul(tanh, tanh))), inner);
  return tf.add(tf.mul(tf.add(tanh, 1), 0.5), rising);
}
