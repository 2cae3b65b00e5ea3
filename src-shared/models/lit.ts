import type { VitArchitecture } from './architecture.ts';
import { sizeOfShape } from './params.ts';
import { vitParams } from './vit-params.ts';

interface TextEncoderFields {
  /** D, the width of a token. */
  readonly width: number;
  /** Number of blocks. */
  readonly depth: number;
  readonly mlpDim: number;
  readonly numHeads: number;
  /** Rows of the token embedding: ids are below it. */
  readonly vocabSize: number;
}

/** BERT (arXiv:1810.04805) without its pooler: the embedding is the first token's, through a linear head. */
export interface BertArchitecture extends TextEncoderFields {
  readonly kind: 'bert';
  /** Rows of the position embedding: the most tokens a text may have. */
  readonly maxPositions: number;
  readonly numSegments: number;
  /** Width of the head, or null without one. */
  readonly outDim: number | null;
}

/** A transformer encoder with pre-normalisation, as ViT's: the embedding is the last token's, through a linear head. */
export interface TextTransformerArchitecture extends TextEncoderFields {
  readonly kind: 'text_transformer';
  /** Tokens of a text, always as many. */
  readonly maxLen: number;
  readonly outDim: number;
}

export type TextArchitecture = BertArchitecture | TextTransformerArchitecture;

/**
 * A model of images and text (LiT, arXiv:2111.07991): two towers whose embeddings, normalised, are compared by their
 * product times a learned temperature. Source of the fields: vit_jax/models_lit.py.
 */
export interface LitArchitecture {
  readonly image: VitArchitecture;
  readonly text: TextArchitecture;
  /** Width of both embeddings. */
  readonly outDim: number;
}

/** Width of the embeddings that a tower gives. */
export function imageOutDim({ numClasses, representationSize, width }: VitArchitecture): number {
  return numClasses ?? representationSize ?? width;
}

export function textOutDim({ outDim, width }: TextArchitecture): number {
  return outDim ?? width;
}

/** Every parameter of a text tower by its path within the tower (vit_jax's below `txt/`), with its shape. */
export function textParams(text: TextArchitecture): Map<string, readonly number[]> {
  const shapes = text.kind === 'bert' ? bertParams(text) : textTransformerParams(text);
  if (text.outDim !== null) linear(shapes, 'head', [text.width, text.outDim]);
  return shapes;
}

/** Number of trainable values of both towers and the temperature. */
export function countLitParams({ image, text }: LitArchitecture): number {
  const shapes = [...[...vitParams(image).values()].map(({ shape }) => shape), ...textParams(text).values()];
  return shapes.reduce((count, shape) => count + sizeOfShape(shape), 1);
}

type Shapes = Map<string, readonly number[]>;

/** Names are flaxformer's. */
function bertParams({ width: D, depth, mlpDim, ...text }: BertArchitecture): Shapes {
  const shapes: Shapes = new Map();
  const encoder = 'BertEncoder_0';
  shapes.set(`${encoder}/embedder/embedders_token_ids/embedding`, [text.vocabSize, D]);
  shapes.set(`${encoder}/embedder/embedders_position_ids/embedding`, [text.maxPositions, D]);
  shapes.set(`${encoder}/embedder/embedders_segment_ids/embedding`, [text.numSegments, D]);
  norm(shapes, `${encoder}/layer_norm`, D);
  for (let i = 0; i < depth; i++) {
    const layer = `${encoder}/encoder_block/layer_sequence/layers_${i}`;
    for (const name of ['query', 'key', 'value']) {
      linear(shapes, `${layer}/attention_block/attention_layer/${name}`, [D, D]);
    }
    linear(shapes, `${layer}/attention_block/dense_layer`, [D, D]);
    norm(shapes, `${layer}/attention_block/layer_norm`, D);
    linear(shapes, `${layer}/mlp_block/mlp/dense_layer`, [D, mlpDim]);
    linear(shapes, `${layer}/mlp_block/dense_layer`, [mlpDim, D]);
    norm(shapes, `${layer}/mlp_block/layer_norm`, D);
  }
  return shapes;
}

function textTransformerParams({ width: D, depth, mlpDim, ...text }: TextTransformerArchitecture): Shapes {
  const shapes: Shapes = new Map();
  const [H, headSize] = [text.numHeads, D / text.numHeads];
  shapes.set('Embed_0/embedding', [text.vocabSize, D]);
  shapes.set('pos_embedding', [1, text.maxLen, D]);
  for (let i = 0; i < depth; i++) {
    const block = `Encoder_0/encoderblock_${i}`;
    norm(shapes, `${block}/LayerNorm_0`, D);
    for (const name of ['query', 'key', 'value']) {
      shapes.set(`${block}/MultiHeadDotProductAttention_0/${name}/kernel`, [D, H, headSize]);
      shapes.set(`${block}/MultiHeadDotProductAttention_0/${name}/bias`, [H, headSize]);
    }
    shapes.set(`${block}/MultiHeadDotProductAttention_0/out/kernel`, [H, headSize, D]);
    shapes.set(`${block}/MultiHeadDotProductAttention_0/out/bias`, [D]);
    norm(shapes, `${block}/LayerNorm_1`, D);
    linear(shapes, `${block}/MlpBlock_0/Dense_0`, [D, mlpDim]);
    linear(shapes, `${block}/MlpBlock_0/Dense_1`, [mlpDim, D]);
  }
  norm(shapes, 'Encoder_0/encoder_norm', D);
  return shapes;
}

function linear(shapes: Shapes, path: string, [input, output]: [number, number]): void {
  shapes.set(`${path}/kernel`, [input, output]);
  shapes.set(`${path}/bias`, [output]);
}

function norm(shapes: Shapes, path: string, width: number): void {
  shapes.set(`${path}/scale`, [width]);
  shapes.set(`${path}/bias`, [width]);
}
