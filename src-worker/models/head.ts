import * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { dense, type ParamTensors } from '../layers/dense.ts';

/** The intermediates that the heads see, [B, F] each; two where a DeiT's distillation token has a head of its own. */
export function featureNames(architecture: Architecture): string[] {
  return hasTwoHeads(architecture) ? ['pre_logits', 'pre_logits_dist'] : ['pre_logits'];
}

/** Numbers that an image has become before the heads: those intermediates side by side. */
export function featureWidth(architecture: Architecture): number {
  return featureNames(architecture).length * (architecture.representationSize ?? architecture.width);
}

/**
 * What a model's heads make of features, as its own forward pass does.
 * @param features [B, featureWidth]
 * @returns logits [B, C]
 */
export function headLogits(params: ParamTensors, features: tf.Tensor, architecture: Architecture): tf.Tensor {
  if (!hasTwoHeads(architecture)) return dense(params, 'head', features);
  const [byClass, byDistillation] = tf.split(features, 2, 1); // [B, 2D] -> 2 × [B, D]
  return tf.div(tf.add(dense(params, 'head', byClass!), dense(params, 'head_dist', byDistillation!)), 2);
}

function hasTwoHeads(architecture: Architecture): boolean {
  return architecture.family === 'deit' && architecture.distillation === 'heads';
}
