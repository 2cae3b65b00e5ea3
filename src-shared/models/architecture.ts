/** How the encoder's output becomes one vector, in vit_jax's words. */
export type Classifier = 'token' | 'token_unpooled' | 'gap' | 'unpooled';

/** What the encoder of a ViT and all around it need, whatever makes its patches. */
interface EncoderArchitecture {
  /** Patch height and width on the grid that is embedded: px of the image, or of the ResNet's feature map. */
  readonly patchSize: readonly [number, number];
  /** Image height and width the position embeddings are made for, px. */
  readonly imageSize: readonly [number, number];
  /** D, the width of a token. */
  readonly width: number;
  /** Number of encoder blocks. */
  readonly depth: number;
  readonly mlpDim: number;
  readonly numHeads: number;
  readonly classifier: Classifier;
  /** Width of the tanh layer before the head, or null without one. */
  readonly representationSize: number | null;
  /** C, or null where the model ends before the head. */
  readonly numClasses: number | null;
  /** The exact GELU; absent: vit_jax's, the tanh approximation. */
  readonly gelu?: 'erf';
  /** Of every LayerNorm; absent: flax's 1e-6. */
  readonly layerNormEpsilon?: number;
}

/**
 * A Vision Transformer's architecture: everything needed to build it, nothing about its weights' values.
 * Source of the fields: vit_jax/models_vit.py (VisionTransformer) with the paper's names (arXiv:2010.11929).
 */
export interface VitArchitecture extends EncoderArchitecture {
  readonly family: 'vit';
}

/** A ViT over the feature map of a (partial) ResNet with weight standardisation and GroupNorm (arXiv:2010.11929, 2106.10270). */
export interface HybridArchitecture extends EncoderArchitecture {
  readonly family: 'hybrid';
  readonly resnet: {
    /** Bottleneck units of each stage; empty for the root alone. */
    readonly numLayers: readonly number[];
    /** Width of the root over 64. */
    readonly widthFactor: number;
  };
}

/** An MLP-Mixer (arXiv:2105.01601), after vit_jax/models_mixer.py. */
export interface MixerArchitecture {
  readonly family: 'mixer';
  readonly patchSize: readonly [number, number];
  readonly imageSize: readonly [number, number];
  readonly width: number;
  readonly depth: number;
  readonly tokensMlpDim: number;
  readonly channelsMlpDim: number;
  /** It averages its tokens, always. */
  readonly classifier: 'gap';
  readonly representationSize: null;
  readonly numClasses: number | null;
  /** The exact GELU; absent: vit_jax's, the tanh approximation. */
  readonly gelu?: 'erf';
}

/** A data-efficient image transformer (arXiv:2012.12877): a ViT with exact GELU and, distilled, a second token. */
export interface DeitArchitecture extends EncoderArchitecture {
  readonly family: 'deit';
  readonly classifier: 'token';
  readonly representationSize: null;
  readonly gelu: 'erf';
  readonly layerNormEpsilon: number;
  /**
   * none: no distillation token; token: it has one that the head doesn't look at (Hugging Face's
   * DeiTForImageClassification); heads: each token has its head, the logits are their average.
   */
  readonly distillation: 'none' | 'token' | 'heads';
}

/** A model that classifies images. */
export type Architecture = VitArchitecture | HybridArchitecture | MixerArchitecture | DeitArchitecture;
export type Family = Architecture['family'];

/** Those with tokens, position embeddings and attention. */
export type TransformerArchitecture = VitArchitecture | HybridArchitecture | DeitArchitecture;

/** The fields that the grid of patches follows from. */
type GridFields = Pick<Architecture, 'family' | 'imageSize' | 'patchSize'> & {
  readonly resnet?: HybridArchitecture['resnet'];
};

/** Patches along height and width. */
export function gridOf(architecture: GridFields): [number, number] {
  return [0, 1].map((axis) => {
    const size = architecture.imageSize[axis as 0 | 1];
    const patch = architecture.patchSize[axis as 0 | 1];
    // A Mixer's stem pads (SAME); the transformers' embedding does not (VALID).
    if (architecture.family === 'mixer') return Math.ceil(size / patch);
    return Math.floor(featureSize(size, architecture.resnet) / patch);
  }) as [number, number];
}

/** Pixels of the image a patch stands for, along each axis. */
export function patchStride({ patchSize, resnet }: Pick<GridFields, 'patchSize' | 'resnet'>): [number, number] {
  const stride = resnet ? 4 * 2 ** Math.max(0, resnet.numLayers.length - 1) : 1;
  return [patchSize[0] * stride, patchSize[1] * stride];
}

/** The ResNet's output along one axis: root and max-pool halve, each stage but the first halves, all rounding up (SAME). */
function featureSize(size: number, resnet: HybridArchitecture['resnet'] | undefined): number {
  if (!resnet) return size;
  const halvings = 2 + Math.max(0, resnet.numLayers.length - 1);
  let out = size;
  for (let i = 0; i < halvings; i++) out = Math.ceil(out / 2);
  return out;
}

export function hasClassToken(classifier: Classifier): boolean {
  return classifier === 'token' || classifier === 'token_unpooled';
}

/** Tokens before those of the patches: the class token, DeiT's distillation token. */
export function prefixTokens(architecture: Architecture): number {
  const distilled = architecture.family === 'deit' && architecture.distillation !== 'none';
  return (hasClassToken(architecture.classifier) ? 1 : 0) + (distilled ? 1 : 0);
}

/** N, the number of tokens the encoder sees, those before the patches included. */
export function numTokens(architecture: TransformerArchitecture): number {
  const [gridH, gridW] = gridOf(architecture);
  return gridH * gridW + prefixTokens(architecture);
}
