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
