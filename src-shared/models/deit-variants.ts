import type { DeitArchitecture } from './architecture.ts';

/**
 * The DeiTs of arXiv:2012.12877, tables 1 and 5: a ViT's sizes, patches of 16 px, with and without distillation.
 * Parameter counts for 1,000 classes are timm's; the paper rounds them to 5, 22 and 86 million (6, 22 and 87 distilled).
 */
export interface DeitVariant {
  /** `DeiT-B_16`, distilled with a ⚗ in the paper and `-distilled` here. */
  readonly modelName: string;
  /** timm's entry point; Hugging Face's repository is `facebook/` with hyphens for underscores. */
  readonly timmName: string;
  readonly width: number;
  readonly depth: number;
  readonly mlpDim: number;
  readonly numHeads: number;
  /** px */
  readonly imageSize: number;
  readonly distilled: boolean;
  readonly parameters: number;
  readonly paper: string;
}

const PAPER = '2012.12877';
const SIZES = {
  Ti: { word: 'tiny', width: 192, numHeads: 3 },
  S: { word: 'small', width: 384, numHeads: 6 },
  B: { word: 'base', width: 768, numHeads: 12 },
} as const;

function row(size: keyof typeof SIZES, imageSize: number, counts: { plain: number; distilled: number }): DeitVariant[] {
  const { word, width, numHeads } = SIZES[size];
  return [false, true].map((distilled) => ({
    modelName: `DeiT-${size}_16${distilled ? '-distilled' : ''}`,
    timmName: `deit_${word}${distilled ? '_distilled' : ''}_patch16_${imageSize}`,
    width,
    depth: 12,
    mlpDim: 4 * width,
    numHeads,
    imageSize,
    distilled,
    parameters: distilled ? counts.distilled : counts.plain,
    paper: PAPER,
  }));
}

export const DEIT_VARIANTS: readonly DeitVariant[] = [
  ...row('Ti', 224, { plain: 5_717_416, distilled: 5_910_800 }),
  ...row('S', 224, { plain: 22_050_664, distilled: 22_436_432 }),
  ...row('B', 224, { plain: 86_567_656, distilled: 87_338_192 }),
  ...row('B', 384, { plain: 86_859_496, distilled: 87_630_032 }),
];

/** LayerNorm's epsilon in DeiT's own code and in timm; Hugging Face's copies have 1e-12. */
export const DEIT_EPSILON = 1e-6;

export function deitArchitectureOf(
  { width, depth, mlpDim, numHeads, imageSize, distilled }: DeitVariant,
  numClasses: number | null,
): DeitArchitecture {
  return {
    family: 'deit',
    patchSize: [16, 16],
    imageSize: [imageSize, imageSize],
    width,
    depth,
    mlpDim,
    numHeads,
    classifier: 'token',
    representationSize: null,
    numClasses,
    gelu: 'erf',
    layerNormEpsilon: DEIT_EPSILON,
    distillation: distilled ? 'heads' : 'none',
  };
}

/** The published DeiT of these sizes, whatever its image size and classes. */
export function deitVariantOf(architecture: DeitArchitecture): DeitVariant | null {
  const { width, depth, mlpDim, numHeads, patchSize, distillation } = architecture;
  if (patchSize[0] !== 16 || patchSize[1] !== 16) return null;
  const found = DEIT_VARIANTS.find(
    (variant) =>
      variant.width === width &&
      variant.depth === depth &&
      variant.mlpDim === mlpDim &&
      variant.numHeads === numHeads &&
      variant.distilled === (distillation !== 'none'),
  );
  return found ?? null;
}
