import type { LitArchitecture, TextArchitecture } from './lit.ts';
import { imageOutDim } from './lit.ts';
import { architectureOf, variantNamed } from './variants.ts';

/** Top-1 accuracies in %, zero-shot, and recall at 1 in %, as the model card gives them. */
export interface LitResults {
  readonly imagenet: number;
  readonly imagenetV2: number;
  readonly cifar100: number;
  readonly pets37: number;
  readonly resisc45: number;
  readonly cocoImageToText: number;
  readonly cocoTextToImage: number;
}

/**
 * A published LiT model. Sizes: vit_jax/configs/models.py (get_lit_*_config) and, of the BERT towers, arXiv:1810.04805
 * with flaxformer's table sizes. Method: LiT, arXiv:2111.07991. Facts: vit_jax's model_cards/lit.md, version 1.0.
 */
export interface LitVariant {
  /** vit_jax's `model_name`; the checkpoint is this with `.npz`. */
  readonly modelName: string;
  /** `model_name` of the image tower. */
  readonly image: 'ViT-B_16' | 'ViT-L_16';
  /** Width of a linear head on the image tower, or null without one. */
  readonly imageHead: number | null;
  readonly text: TextArchitecture;
  /** Weights in millions as the model card says; null where it doesn't. */
  readonly millionWeights: number | null;
  /** Null where the model card has none. */
  readonly results: LitResults | null;
  /** What else is known of it, a sentence each. */
  readonly facts: readonly string[];
  /** Why another one is to be preferred. */
  readonly replacedBy?: { readonly modelName: string; readonly since: string };
}

/** px; all of them. */
export const LIT_RESOLUTION = 224;

const BERT = { kind: 'bert', vocabSize: 30_522, maxPositions: 512, numSegments: 2 } as const;
const BERT_BASE = { ...BERT, width: 768, depth: 12, mlpDim: 3072, numHeads: 12 };
const BERT_LARGE = { ...BERT, width: 1024, depth: 24, mlpDim: 4096, numHeads: 16 };
const TEXT_TRANSFORMER = { kind: 'text_transformer', depth: 12, vocabSize: 16_000, maxLen: 16 } as const;

export const LIT_VARIANTS: readonly LitVariant[] = [
  {
    modelName: 'LiT-B16B',
    image: 'ViT-B_16',
    imageHead: 768,
    text: { ...BERT_BASE, outDim: 768 },
    millionWeights: null,
    results: null,
    facts: ['Trained for 30,000 steps, with a linear head of width 768 on the image side.'],
    replacedBy: { modelName: 'LiT-B16B_2', since: '2022-08-16' },
  },
  {
    modelName: 'LiT-B16B_2',
    image: 'ViT-B_16',
    imageHead: null,
    text: { ...BERT_BASE, outDim: 768 },
    millionWeights: 196,
    results: {
      imagenet: 73.9,
      imagenetV2: 65.1,
      cifar100: 79.0,
      pets37: 83.3,
      resisc45: 25.3,
      cocoImageToText: 51.6,
      cocoTextToImage: 31.8,
    },
    facts: ['Trained for 60,000 steps, twice as long as LiT-B16B, without a head on the image side.'],
  },
  {
    modelName: 'LiT-L16L',
    image: 'ViT-L_16',
    imageHead: null,
    text: { ...BERT_LARGE, outDim: 1024 },
    millionWeights: 638,
    results: {
      imagenet: 75.7,
      imagenetV2: 66.6,
      cifar100: 80.5,
      pets37: 83.3,
      resisc45: 25.6,
      cocoImageToText: 48.5,
      cocoTextToImage: 31.1,
    },
    facts: [],
  },
  {
    modelName: 'LiT-L16S',
    image: 'ViT-L_16',
    imageHead: null,
    text: { ...TEXT_TRANSFORMER, width: 384, mlpDim: 1536, numHeads: 6, outDim: 1024 },
    millionWeights: null,
    results: null,
    facts: ['Like LiT-L16L with a smaller text tower.'],
  },
  {
    modelName: 'LiT-L16Ti',
    image: 'ViT-L_16',
    imageHead: null,
    text: { ...TEXT_TRANSFORMER, width: 192, mlpDim: 768, numHeads: 3, outDim: 1024 },
    millionWeights: null,
    results: null,
    facts: ['Like LiT-L16L with a smaller text tower.'],
  },
];

/** The model card's limits of use, which hold for all of them. */
const LIMITATIONS: readonly string[] = [
  'Trained on English text alone: most other text fails.',
  'Its authors hold any deployment to be out of scope, and ask for tests on the labels at hand before any other use.',
  'Not evaluated for biases; those of its training data (CC12M, YFCC100M) are to be expected.',
];

/** What a person should know of a published model, a sentence each: what it is, what replaced it, what it is not for. */
export function litNotes({ facts, replacedBy, results }: LitVariant): string[] {
  const notes = [...facts];
  if (replacedBy) notes.push(`Replaced by ${replacedBy.modelName} on ${replacedBy.since}, which is better.`);
  if (results) notes.push(`ImageNet zero-shot, by its model card: ${results.imagenet.toFixed(1)} % top-1.`);
  return [...notes, ...LIMITATIONS];
}

/** @returns the architecture of a published model */
export function litArchitectureOf(variant: LitVariant): LitArchitecture {
  const imageVariant = variantNamed(variant.image);
  if (imageVariant.family !== 'vit') throw new Error(`${variant.image} is no Vision Transformer`);
  const image = architectureOf(imageVariant, { imageSize: LIT_RESOLUTION, numClasses: variant.imageHead });
  return { image, text: variant.text, outDim: imageOutDim(image) };
}

/** The published model with this architecture, whatever its vocabulary and image size. */
export function litVariantOf({ image, text }: LitArchitecture): LitVariant | null {
  const found = LIT_VARIANTS.find((variant) => {
    const its = variantNamed(variant.image);
    return (
      variant.imageHead === image.numClasses &&
      variant.text.kind === text.kind &&
      variant.text.outDim === text.outDim &&
      variant.text.width === text.width &&
      variant.text.depth === text.depth &&
      its.width === image.width &&
      its.depth === image.depth &&
      its.patchSize.every((d, i) => d === image.patchSize[i])
    );
  });
  return found ?? null;
}
