import type { Classifier, TransformerArchitecture } from '../../models/architecture.ts';
import { hasClassToken, numTokens } from '../../models/architecture.ts';
import { bad, countBlocks, expectShape, type LayoutFile } from './layout.ts';
import { linear, norm, same, type Slot } from './slot.ts';
import type { TimmConfig } from './timm-config.ts';

/** Names of an encoder of timm's, and of what surrounds it. */
export const TIMM_ENCODER = /^(cls_token|pos_embed|patch_embed\.|blocks\.\d+\.(norm|attn|mlp)|norm\.|head\.)/;
/** Names that change what timm's model computes: layer scale, registers, other norms and poolings. */
export const TIMM_COMPUTED =
  /^(blocks\.|patch_embed\.|reg_token|norm_pre|fc_norm|attn_pool|gamma_|rope|dist_token|head)/;

/** Slots of the tokens, the blocks and the head, without the patches' embedding. */
export function timmEncoderSlots(architecture: TransformerArchitecture): Slot[] {
  const { width: D, depth, mlpDim, numClasses, classifier } = architecture;
  const slots: Slot[] = [];
  if (hasClassToken(classifier)) slots.push(same('cls', 'cls_token', [1, 1, D]));
  slots.push(same('Transformer/posembed_input/pos_embedding', 'pos_embed', [1, numTokens(architecture), D]));
  for (let i = 0; i < depth; i++) {
    const block = `Transformer/encoderblock_${i}`;
    const attention = `${block}/MultiHeadDotProductAttention_0`;
    slots.push(...norm(`${block}/LayerNorm_0`, `blocks.${i}.norm1`, D));
    ['query', 'key', 'value'].forEach((name, j) => {
      const rows = [j * D, (j + 1) * D] as const;
      const file = `blocks.${i}.attn.qkv`;
      slots.push(
        { linen: `${attention}/${name}/kernel`, file: `${file}.weight`, fileShape: [3 * D, D], rows, axes: [1, 0] },
        { linen: `${attention}/${name}/bias`, file: `${file}.bias`, fileShape: [3 * D], rows },
      );
    });
    slots.push(
      ...linear(`${attention}/out`, `blocks.${i}.attn.proj`, [D, D]),
      ...norm(`${block}/LayerNorm_1`, `blocks.${i}.norm2`, D),
      ...linear(`${block}/MlpBlock_0/Dense_0`, `blocks.${i}.mlp.fc1`, [D, mlpDim]),
      ...linear(`${block}/MlpBlock_0/Dense_1`, `blocks.${i}.mlp.fc2`, [mlpDim, D]),
    );
  }
  slots.push(...norm('Transformer/encoder_norm', 'norm', D));
  if (numClasses !== null) slots.push(...linear('head', 'head', [D, numClasses]));
  return slots;
}

/** What an encoder's shapes say, with the configuration where they leave it open. */
export function timmEncoder(file: LayoutFile, config: TimmConfig, notes: string[]) {
  const [width] = expectShape(file, 'norm.weight', ['D']) as [number];
  const [mlpDim] = expectShape(file, 'blocks.0.mlp.fc1.weight', ['mlpDim', width]) as [number, number];
  const [, tokens] = expectShape(file, 'pos_embed', [1, 'N', width]) as [number, number, number];
  const head = file.shapes.has('head.weight') ? expectShape(file, 'head.weight', ['C', width])[0]! : null;
  if (head === null) notes.push('It has no head: the model ends with its representation.');
  return {
    width,
    mlpDim,
    tokens,
    depth: countBlocks(file, /^blocks\.(\d+)\./),
    numHeads: headsOf(width, config.numHeads, notes),
    numClasses: head,
  };
}

/** Number of heads by width where it isn't width / 64: H/14 has 16 heads of 80. */
const HEADS: Readonly<Record<number, number>> = { 1280: 16 };

/** PyTorch's shapes don't tell the heads apart. */
export function headsOf(width: number, configured: number | undefined, notes: string[]): number {
  const heads = configured ?? HEADS[width] ?? (width % 64 === 0 ? width / 64 : undefined);
  if (heads === undefined || width % heads !== 0) {
    throw bad(
      configured === undefined
        ? `Its width ${width} tells no number of attention heads.`
        : `${configured} attention heads don't divide the width ${width}.`,
      'Say it in config.json: model_args.num_heads (timm) or num_attention_heads (Hugging Face).',
    );
  }
  if (configured === undefined) notes.push(`${heads} attention heads, as all published models of width ${width} have.`);
  return heads;
}

export function timmClassifier(file: LayoutFile, config: TimmConfig): Classifier {
  const hasToken = file.shapes.has('cls_token');
  const pool = config.globalPool ?? (hasToken ? 'token' : 'avg');
  if (pool === '') return hasToken ? 'token_unpooled' : 'unpooled';
  if (pool === 'token' && hasToken) return 'token';
  if (pool === 'avg' && !hasToken) return 'gap';
  throw bad(
    `Its pooling "${pool}" ${hasToken ? 'with' : 'without'} a class token is not supported.`,
    'Supported: "token" with a class token, "avg" without one, and none ("").',
  );
}

/** Tags of weights that Google trained, with the tanh approximation of GELU. */
const GOOGLES = /augreg|^orig_|^sam_|^goog/;

/** Classes of Google's heads: ImageNet-1k and 21k. Another head was trained by timm, which keeps the tag. */
const GOOGLES_CLASSES = new Set<number | null>([null, 1000, 21843]);

/** Which GELU the weights were trained with; timm's files don't hold it. */
export function timmGelu(
  { gelu, tag, architecture }: TimmConfig,
  { numClasses, notes }: { numClasses: number | null; notes: string[] },
): { gelu?: 'erf' } {
  if (gelu !== undefined) return gelu === 'erf' ? { gelu } : {};
  if ((GOOGLES.test(tag) || /augreg/.test(architecture)) && GOOGLES_CLASSES.has(numClasses)) {
    notes.push(
      `Google's weights (${tag || architecture}): run with the tanh approximation of GELU that they were trained with. ` +
        'timm runs them with the exact one; logits differ by up to about 0.001.',
    );
    return {};
  }
  notes.push("Exact GELU, timm's default; say act_layer gelu_tanh in config.json's model_args for the approximation.");
  return { gelu: 'erf' };
}
