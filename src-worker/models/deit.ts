import * as tf from '@tensorflow/tfjs-core';
import { prefixTokens, type DeitArchitecture } from '../../src-shared/models/architecture.ts';
import { dense, param, type ParamTensors } from '../layers/dense.ts';
import { patchEmbedding } from '../layers/patch-embedding.ts';
import { tapOf, type ForwardOptions } from './forward-options.ts';
import { encode } from './vit.ts';

/**
 * DeiT (arXiv:2012.12877, section 4 and figure 2): a Vision Transformer; distilled, a second token learned from a
 * teacher stands beside the class token, with a head of its own. Exact GELU.
 * Intermediates: patch_embedding, posembed_input, those of `encode`, pre_logits, logits; with two heads
 * pre_logits_dist, cls_logits and distillation_logits too.
 * @param images [B, H, W, 3], normalised as the checkpoint says.
 * @returns logits [B, C], with two heads the average of theirs; the class token where there is no head.
 */
export function deit(
  params: ParamTensors,
  images: tf.Tensor4D,
  options: ForwardOptions & { architecture: DeitArchitecture },
): tf.Tensor {
  const { architecture, dropout } = options;
  const tap = tapOf(options);
  const patches = tap('patch_embedding', patchEmbedding(params, 'embedding', images)); // [B, H/P, W/P, D]
  const [B, gridH, gridW, D] = patches.shape;

  // Class token, distillation token, patches; position embeddings for all of them.
  const tokens = ['cls', 'dist'].slice(0, prefixTokens(architecture));
  const prefix = tokens.map((name) => tf.tile(param(params, name) as tf.Tensor3D, [B, 1, 1])); // each [B, 1, D]
  let x = tf.concat([...prefix, tf.reshape<tf.Rank.R3>(patches, [B, gridH * gridW, D])], 1); // [B, N, D]
  x = tap('posembed_input', tf.add(x, param(params, 'Transformer/posembed_input/pos_embedding')));
  if (dropout) x = dropout.hidden(x) as tf.Tensor3D;
  x = encode(params, x, options);

  const token = (index: number): tf.Tensor => tf.squeeze(tf.slice(x, [0, index, 0], [-1, 1, -1]), [1]); // [B, D]
  const cls = tap('pre_logits', token(0));
  const dist = architecture.distillation === 'heads' ? tap('pre_logits_dist', token(1)) : cls;
  if (architecture.numClasses === null) return cls;
  if (architecture.distillation !== 'heads') return tap('logits', dense(params, 'head', cls));
  const byClass = tap('cls_logits', dense(params, 'head', cls)); // [B, C]
  const byDistillation = tap('distillation_logits', dense(params, 'head_dist', dist)); // [B, C]
  return tap('logits', tf.div(tf.add(byClass, byDistillation), 2));
}
