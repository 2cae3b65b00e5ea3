import { numTokens, type TransformerArchitecture } from '../../models/architecture.ts';
import { countBlocks, expectShape, type LayoutFile } from './layout.ts';
import { headsOf } from './timm-encoder.ts';
import { conv, linear, norm, same, type Slot } from './slot.ts';
import type { HfConfig } from './hf-config.ts';

/** Names within transformers' ViT and DeiT that they compute with; a mask token is for pre-training only. */
export const HF_COMPUTED = /(^|\.)(encoder\.layer\.|embeddings\.(?!mask_token|position_ids))/;
const ENCODER =
  /(embeddings\.(cls_token|position_embeddings|patch_embeddings\.projection)|encoder\.layer\.\d+\.(attention\.(attention|output)|intermediate|output|layernorm_)|layernorm\.|pooler\.dense)/;

/** Names of such a model's tensors: of its encoder, and those that `others` matches. */
export function hfNames(prefix: 'vit' | 'deit', others: RegExp): RegExp {
  return new RegExp(`^(${prefix}\\.)?${ENCODER.source}|${others.source}`);
}

/**
 * Embeddings and encoder of transformers' ViT and DeiT (models/vit/modeling_vit.py, models/deit/modeling_deit.py).
 * @param prefix `vit.` or `deit.`; empty for a model saved without a head
 */
export function hfEncoderSlots(architecture: TransformerArchitecture, prefix: string): Slot[] {
  const { width: D, depth, mlpDim, patchSize } = architecture;
  const slots = [
    same('cls', `${prefix}embeddings.cls_token`, [1, 1, D]),
    same('Transformer/posembed_input/pos_embedding', `${prefix}embeddings.position_embeddings`, [
      1,
      numTokens(architecture),
      D,
    ]),
    ...conv('embedding', `${prefix}embeddings.patch_embeddings.projection`, [D, 3, patchSize[0], patchSize[1]]),
  ];
  for (let i = 0; i < depth; i++) {
    const block = `Transformer/encoderblock_${i}`;
    const attention = `${block}/MultiHeadDotProductAttention_0`;
    const file = `${prefix}encoder.layer.${i}`;
    slots.push(...norm(`${block}/LayerNorm_0`, `${file}.layernorm_before`, D));
    for (const name of ['query', 'key', 'value']) {
      slots.push(...linear(`${attention}/${name}`, `${file}.attention.attention.${name}`, [D, D]));
    }
    slots.push(
      ...linear(`${attention}/out`, `${file}.attention.output.dense`, [D, D]),
      ...norm(`${block}/LayerNorm_1`, `${file}.layernorm_after`, D),
      ...linear(`${block}/MlpBlock_0/Dense_0`, `${file}.intermediate.dense`, [D, mlpDim]),
      ...linear(`${block}/MlpBlock_0/Dense_1`, `${file}.output.dense`, [mlpDim, D]),
    );
  }
  return [...slots, ...norm('Transformer/encoder_norm', `${prefix}layernorm`, D)];
}

/** What an encoder's shapes say, with the configuration where they leave it open. */
export function hfEncoder(
  file: LayoutFile,
  { prefix, config, notes }: { prefix: string; config: HfConfig; notes: string[] },
) {
  const projection = `${prefix}embeddings.patch_embeddings.projection.weight`;
  const [width, , ...patch] = expectShape(file, projection, ['D', 3, 'P', 'P']) as [number, number, number, number];
  const dense = `${prefix}encoder.layer.0.intermediate.dense.weight`;
  const [mlpDim] = expectShape(file, dense, ['mlpDim', width]) as [number, number];
  const posemb = expectShape(file, `${prefix}embeddings.position_embeddings`, [1, 'N', width]);
  if (file.config === null) {
    notes.push("No config.json: exact GELU and LayerNorm's epsilon 1e-12, transformers' defaults.");
  }
  return {
    tokens: posemb[1]!,
    patchSize: patch,
    width,
    mlpDim,
    depth: countBlocks(file, new RegExp(`^${prefix.replace('.', '\\.')}encoder\\.layer\\.(\\d+)\\.`)),
    numHeads: headsOf(width, config.numHeads, notes),
  };
}
