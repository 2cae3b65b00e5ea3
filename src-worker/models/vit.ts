import * as tf from '@tensorflow/tfjs-core';
import {
  hasClassToken,
  type TransformerArchitecture,
  type VitArchitecture,
} from '../../src-shared/models/architecture.ts';
import { selfAttention } from '../layers/attention.ts';
import { dense, param, type ParamTensors } from '../layers/dense.ts';
import { noDropPath } from '../layers/drop-path.ts';
import { noDropout } from '../layers/dropout.ts';
import { layerNorm } from '../layers/layer-norm.ts';
import { mlpBlock } from '../layers/mlp.ts';
import { patchEmbedding } from '../layers/patch-embedding.ts';
import { runBlock, type Block } from '../layers/recompute.ts';
import { tapOf, type ForwardOptions } from './forward-options.ts';

/**
 * The Vision Transformer (arXiv:2010.11929, figure 1 and equations 1–4), with vit_jax's parameters.
 * Intermediates: patch_embedding, posembed_input, block{i}_attention_weights, block{i}_attention, block{i},
 * encoder_norm, pre_logits, logits.
 * @param params by vit_jax's path after loading.
 * @param images [B, H, W, 3] in [-1, 1].
 * @returns logits [B, C], or [B, N, C] for the unpooled classifiers; the representation where there is no head.
 */
export function vit(
  params: ParamTensors,
  images: tf.Tensor4D,
  options: ForwardOptions & { architecture: VitArchitecture },
): tf.Tensor {
  return transformer(params, images, options);
}

/** The same over any grid of features [B, H, W, channels]: an image's pixels, or what a ResNet made of them. */
export function transformer(
  params: ParamTensors,
  features: tf.Tensor4D,
  options: ForwardOptions & { architecture: TransformerArchitecture },
): tf.Tensor {
  const { architecture, dropout } = options;
  const tap = tapOf(options);

  // Eq. 1: patches, class token, position embeddings.
  const patches = tap('patch_embedding', patchEmbedding(params, 'embedding', features)); // [B, H/P, W/P, D]
  const [B, gridH, gridW, D] = patches.shape;
  let x: tf.Tensor3D = tf.reshape(patches, [B, gridH * gridW, D]);
  if (hasClassToken(architecture.classifier)) {
    const cls = tf.tile(param(params, 'cls') as tf.Tensor3D, [B, 1, 1]); // [1, 1, D] -> [B, 1, D]
    x = tf.concat([cls, x], 1); // [B, N, D]
  }
  x = tap<tf.Tensor3D>('posembed_input', tf.add(x, param(params, 'Transformer/posembed_input/pos_embedding')));
  if (dropout) x = dropout.hidden(x) as tf.Tensor3D;

  // Eq. 2 and 3: the encoder's blocks. Eq. 4: one vector, and the head.
  let y = pool(encode(params, x, options), architecture);
  if (architecture.representationSize !== null) y = tf.tanh(dense(params, 'pre_logits', y));
  tap('pre_logits', y);
  return architecture.numClasses === null ? y : tap('logits', dense(params, 'head', y));
}

/** The encoder: blocks of attention and MLP with residuals, and the LayerNorm after them. x [B, N, D] -> [B, N, D]. */
export function encode(
  params: ParamTensors,
  x: tf.Tensor3D,
  options: ForwardOptions & { architecture: TransformerArchitecture },
): tf.Tensor3D {
  const { architecture, onIntermediate, dropPath = noDropPath } = options;
  const { dropout = { hidden: noDropout, attention: noDropout } } = options;
  const { gelu, layerNormEpsilon: epsilon } = architecture;
  const { runBlock: run = runBlock } = options;
  const tap = tapOf(options);
  for (let i = 0; i < architecture.depth; i++) {
    const block = `Transformer/encoderblock_${i}`;
    const encoderBlock: Block = (params, x) => {
      const attended = selfAttention(params, `${block}/MultiHeadDotProductAttention_0`, {
        x: layerNorm(params, `${block}/LayerNorm_0`, x, { epsilon }) as tf.Tensor3D,
        dropout: dropout.attention,
        onWeights: (weights) => onIntermediate?.(`block${i}_attention_weights`, weights),
      });
      x = tf.add(x, dropPath(dropout.hidden(tap(`block${i}_attention`, attended)), i));
      const mixed = mlpBlock(params, `${block}/MlpBlock_0`, {
        x: layerNorm(params, `${block}/LayerNorm_1`, x, { epsilon }),
        dropout: dropout.hidden,
        gelu,
      });
      return tf.add(x, dropPath(mixed, i));
    };
    x = tap(`block${i}`, run(encoderBlock, params, { path: block, x }) as tf.Tensor3D);
  }
  return tap('encoder_norm', layerNorm(params, 'Transformer/encoder_norm', x, { epsilon }) as tf.Tensor3D);
}

/** [B, N, D] -> [B, D], or unchanged for the unpooled classifiers. */
function pool(x: tf.Tensor3D, { classifier }: TransformerArchitecture): tf.Tensor {
  switch (classifier) {
    case 'token':
      return tf.squeeze(tf.slice(x, [0, 0, 0], [-1, 1, -1]), [1]);
    case 'gap':
      return tf.mean(x, 1);
    case 'token_unpooled':
    case 'unpooled':
      return x;
  }
}
