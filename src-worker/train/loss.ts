import * as tf from '@tensorflow/tfjs-core';

/**
 * vit_jax's softmax cross-entropy: the mean over the batch of -sum(labels · log_softmax(logits)).
 * @param logits [B, C]
 * @param labels [B, C], one-hot or soft.
 * @returns a scalar.
 */
export function softmaxCrossEntropy(logits: tf.Tensor, labels: tf.Tensor): tf.Scalar {
  const perImage = tf.sum(tf.mul(tf.logSoftmax(logits), labels), 1); // [B]
  return tf.neg<tf.Scalar>(tf.mean(perImage));
}

/**
 * Labels with a share spread evenly over all classes, the right one among them: (1 - share) labels + share / C, as
 * optax.smooth_labels and timm have it.
 * @param labels [B, C], one-hot or soft.
 */
export function smoothLabels(labels: tf.Tensor, share: number): tf.Tensor {
  if (share === 0) return labels;
  return tf.add(tf.mul(labels, 1 - share), share / labels.shape.at(-1)!);
}
