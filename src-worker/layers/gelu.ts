import * as tf from '@tensorflow/tfjs-core';

/** The function that an architecture's `gelu` names. */
export function geluOf(gelu: 'erf' | undefined): (x: tf.Tensor) => tf.Tensor {
  return gelu === 'erf' ? geluErf : geluTanh;
}

/** GELU as defined (arXiv:1606.08415): x times the normal distribution's share below x. DeiT's and timm's. */
export function geluErf(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

/**
 * The tanh approximation of GELU (arXiv:1606.08415), which is what vit_jax computes: jax.nn.gelu's default.
 * timm's default is the exact one; the two differ by up to 1e-3 in a ViT's logits.
 */
export function geluTanh(x: tf.Tensor): tf.Tensor {
  const cubed = tf.mul(tf.mul(x, x), x);
  const inner = tf.mul(tf.add(x, tf.mul(cubed, 0.044715)), Math.sqrt(2 / Math.PI));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}
