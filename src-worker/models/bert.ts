import * as tf from '@tensorflow/tfjs-core';
import type { BertArchitecture } from '../../src-shared/models/lit.ts';
import { dense, param, type ParamTensors } from '../layers/dense.ts';
import { embedding } from '../layers/embedding.ts';
import { geluTanh } from '../layers/gelu.ts';
import { layerNorm } from '../layers/layer-norm.ts';
import { tapOf, type ForwardOptions } from './forward-options.ts';

/** flaxformer's, for BERT. */
const NORM = { epsilon: 1e-12 };
/** Added to the scores of attention that is masked out. */
const MASKED = -1e10;
/** Padding, which nothing attends to. */
const PAD = 0;

/**
 * The BERT tower of LiT: the encoder of arXiv:1810.04805 (normalisation after each residual) with flaxformer's
 * parameters, then a linear head on the first token, [CLS].
 * Intermediates: embedded, block{i}_attention, block{i}, transformed, pre_logits, logits.
 * @param params by the path within the tower.
 * @param tokens int32 [B, N] of WordPiece ids, padded with 0.
 * @returns embeddings [B, outDim], not normalised; the first token's where there is no head.
 */
export function bert(
  params: ParamTensors,
  tokens: tf.Tensor2D,
  options: Pick<ForwardOptions, 'onIntermediate'> & { architecture: BertArchitecture },
): tf.Tensor2D {
  const { depth, width: D, numHeads, outDim } = options.architecture;
  const [B, N] = tokens.shape;
  const tap = tapOf(options);

  const embedder = 'BertEncoder_0/embedder';
  const positions = tf.slice(param(params, `${embedder}/embedders_position_ids/embedding`), [0, 0], [N, D]); // [N, D]
  const segment = tf.slice(param(params, `${embedder}/embedders_segment_ids/embedding`), [0, 0], [1, D]); // all are 0
  const summed = tf.add(tf.add(embedding(params, `${embedder}/embedders_token_ids`, tokens), positions), segment);
  let x = tap('embedded', layerNorm(params, 'BertEncoder_0/layer_norm', summed, NORM) as tf.Tensor3D); // [B, N, D]

  // A pair of tokens sees each other when neither is padding.
  const real = tf.cast(tf.notEqual(tokens, PAD), 'float32'); // [B, N]
  const pairs = tf.mul(tf.reshape(real, [B, 1, N, 1]), tf.reshape(real, [B, 1, 1, N])); // [B, 1, N, N]
  const mask = tf.mul(tf.sub(1, pairs), MASKED);

  for (let i = 0; i < depth; i++) {
    const layer = `BertEncoder_0/encoder_block/layer_sequence/layers_${i}`;
    const attended = tap(`block${i}_attention`, attention(params, `${layer}/attention_block`, { x, mask, numHeads }));
    x = layerNorm(params, `${layer}/attention_block/layer_norm`, tf.add(x, attended), NORM) as tf.Tensor3D;
    const hidden = geluTanh(dense(params, `${layer}/mlp_block/mlp/dense_layer`, x)); // [B, N, mlpDim]
    const mixed = dense(params, `${layer}/mlp_block/dense_layer`, hidden);
    x = tap(`block${i}`, layerNorm(params, `${layer}/mlp_block/layer_norm`, tf.add(x, mixed), NORM) as tf.Tensor3D);
  }
  tap('transformed', x);

  const cls = tap('pre_logits', tf.reshape<tf.Rank.R2>(tf.slice(x, [0, 0, 0], [B, 1, D]), [B, D]));
  return outDim === null ? cls : tap('logits', dense(params, 'head', cls) as tf.Tensor2D);
}

/** Multi-head self-attention with kernels [D, D]: heads are split after the products. x [B, N, D] -> [B, N, D]. */
function attention(
  params: ParamTensors,
  path: string,
  { x, mask, numHeads: H }: { x: tf.Tensor3D; mask: tf.Tensor; numHeads: number },
): tf.Tensor3D {
  const [B, N, D] = x.shape;
  const project = (name: string): tf.Tensor =>
    tf.transpose(tf.reshape(dense(params, `${path}/attention_layer/${name}`, x), [B, N, H, D / H]), [0, 2, 1, 3]);
  const query = tf.div(project('query'), Math.sqrt(D / H)); // [B, H, N, D/H]
  const scores = tf.matMul(query, project('key'), false, true); // [B, H, N, N]
  const weights = tf.softmax(tf.add(scores, mask));
  const mixed = tf.matMul(weights, project('value')); // [B, H, N, D/H]
  const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B, N, D]);
  return dense(params, `${path}/dense_layer`, joined) as tf.Tensor3D;
}
