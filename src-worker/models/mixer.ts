import * as tf from '@tensorflow/tfjs-core';
import type { MixerArchitecture } from '../../src-shared/models/architecture.ts';
import { dense, type ParamTensors } from '../layers/dense.ts';
import { noDropPath } from '../layers/drop-path.ts';
import { geluOf } from '../layers/gelu.ts';
import { layerNorm } from '../layers/layer-norm.ts';
import { patchEmbedding } from '../layers/patch-embedding.ts';
import { runBlock, type Block } from '../layers/recompute.ts';
import { padToPatches } from '../layers/same-padding.ts';
import { tapOf, type ForwardOptions } from './forward-options.ts';

/**
 * The MLP-Mixer (arXiv:2105.01601, figure 1; vit_jax/models_mixer.py): per-patch embedding, then blocks that mix over
 * tokens and over channels in turn. It has no dropout.
 * Intermediates: patch_embedding, block{i}, pre_head_layer_norm, pre_logits, logits.
 * @param images [B, H, W, 3] in [-1, 1].
 * @returns logits [B, C]; the mean token where there is no head.
 */
export function mixer(
  params: ParamTensors,
  images: tf.Tensor4D,
  options: ForwardOptions & { architecture: MixerArchitecture },
): tf.Tensor {
  const { depth, patchSize, numClasses, gelu } = options.architecture;
  const { dropPath = noDropPath } = options;
  const { runBlock: run = runBlock } = options;
  const tap = tapOf(options);
  // The stem pads SAME, where the ViT's embedding cuts: [B, ⌈H/P⌉, ⌈W/P⌉, D].
  const patches = tap('patch_embedding', patchEmbedding(params, 'stem', padToPatches(images, patchSize)));
  const [B, gridH, gridW, D] = patches.shape;
  let x: tf.Tensor = tf.reshape(patches, [B, gridH * gridW, D]); // [B, N, D]
  for (let i = 0; i < depth; i++) {
    const block = `MixerBlock_${i}`;
    const mix: Block = (params, x) => {
      const columns = tf.transpose(layerNorm(params, `${block}/LayerNorm_0`, x), [0, 2, 1]); // [B, N, D] -> [B, D, N]
      const overTokens = tf.transpose(mlp(params, `${block}/token_mixing`, { x: columns, gelu }), [0, 2, 1]);
      x = tf.add(x, dropPath(overTokens, i));
      const normed = layerNorm(params, `${block}/LayerNorm_1`, x);
      return tf.add(x, dropPath(mlp(params, `${block}/channel_mixing`, { x: normed, gelu }), i));
    };
    x = tap(`block${i}`, run(mix, params, { path: block, x }));
  }
  x = tap('pre_head_layer_norm', layerNorm(params, 'pre_head_layer_norm', x));
  const pooled = tap('pre_logits', tf.mean(x, 1)); // [B, D]
  return numClasses === null ? pooled : tap('logits', dense(params, 'head', pooled));
}

/** Dense, GELU, dense over the last axis. */
function mlp(params: ParamTensors, path: string, { x, gelu }: { x: tf.Tensor; gelu: 'erf' | undefined }): tf.Tensor {
  return dense(params, `${path}/Dense_1`, geluOf(gelu)(dense(params, `${path}/Dense_0`, x)));
}
