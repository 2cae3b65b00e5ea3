import * as tf from '@tensorflow/tfjs-core';
import type { TextTransformerArchitecture } from '../../src-shared/models/lit.ts';
import { selfAttention } from '../layers/attention.ts';
import { dense, param, type ParamTensors } from '../layers/dense.ts';
import { noDropout } from '../layers/dropout.ts';
import { embedding } from '../layers/embedding.ts';
import { layerNorm } from '../layers/layer-norm.ts';
import { mlpBlock } from '../layers/mlp.ts';
import { tapOf, type ForwardOptions } from './forward-options.ts';

/**
 * The text transformer of LiT (vit_jax/models_lit.py, TextTransformer): ViT's encoder over tokens of text, without a
 * mask, then a linear head on the last token, which is always the end of the text.
 * Intermediates: embedded, block{i}_attention_weights, block{i}_attention, block{i}, encoder_norm, pre_logits, logits.
 * @param params by the path within the tower.
 * @param tokens int32 [B, N] of SentencePiece ids.
 * @returns embeddings [B, outDim], not normalised.
 */
export function textTransformer(
  params: ParamTensors,
  tokens: tf.Tensor2D,
  options: Pick<ForwardOptions, 'onIntermediate'> & { architecture: TextTransformerArchitecture },
): tf.Tensor2D {
  const { depth, width: D } = options.architecture;
  const [B, N] = tokens.shape;
  const tap = tapOf(options);
  const embedded = tap('embedded', embedding(params, 'Embed_0', tokens)); // [B, N] -> [B, N, D]
  let x = tf.add<tf.Tensor3D>(embedded, param(params, 'pos_embedding'));
  for (let i = 0; i < depth; i++) {
    const block = `Encoder_0/encoderblock_${i}`;
    const attended = selfAttention(params, `${block}/MultiHeadDotProductAttention_0`, {
      x: layerNorm(params, `${block}/LayerNorm_0`, x) as tf.Tensor3D,
      dropout: noDropout,
      onWeights: (weights) => options.onIntermediate?.(`block${i}_attention_weights`, weights),
    });
    x = tf.add(x, tap(`block${i}_attention`, attended));
    const normed = layerNorm(params, `${block}/LayerNorm_1`, x);
    x = tap<tf.Tensor3D>(
      `block${i}`,
      tf.add(x, mlpBlock(params, `${block}/MlpBlock_0`, { x: normed, dropout: noDropout })),
    );
  }
  x = tap('encoder_norm', layerNorm(params, 'Encoder_0/encoder_norm', x) as tf.Tensor3D);
  const last = tap('pre_logits', tf.reshape(tf.slice(x, [0, N - 1, 0], [B, 1, D]), [B, D])); // [B, D]
  return tap('logits', dense(params, 'head', last) as tf.Tensor2D);
}
