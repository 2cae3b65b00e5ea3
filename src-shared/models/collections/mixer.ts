import type { PublishedFigure, Release } from './release.ts';
import { tfHubMirror } from './tf-hub.ts';
import { fraction, timmFigures, timmMirror, timmSpeed } from './timm.ts';
import type { TimmResults } from './timm.ts';

// The MLP-Mixer paper's releases (arXiv:2105.01601), as vit_jax.ipynb lists gs://mixer_models.

interface Row {
  readonly folder: 'imagenet1k' | 'imagenet21k';
  readonly size: 'B' | 'L';
  readonly sizeMiB: number;
  /** README's fine-tuning on CIFAR-10 with four V100s, % of top-1. */
  readonly cifar10: number;
  readonly timm: string;
  readonly results?: TimmResults;
  readonly validated?: number;
}

const ROWS: readonly Row[] = [
  {
    folder: 'imagenet1k',
    size: 'B',
    sizeMiB: 228.47,
    cifar10: 96.72,
    timm: 'mixer_b16_224.goog_in21k_ft_in1k',
    results: [76.616, 92.25, 82.012, 63.22],
    validated: 75.31,
  },
  {
    folder: 'imagenet1k',
    size: 'L',
    sizeMiB: 794.29,
    cifar10: 96.59,
    timm: 'mixer_l16_224.goog_in21k_ft_in1k',
    results: [72.084, 87.632, 77.306, 56.21],
  },
  { folder: 'imagenet21k', size: 'B', sizeMiB: 289.61, cifar10: 96.82, timm: 'mixer_b16_224.goog_in21k' },
  { folder: 'imagenet21k', size: 'L', sizeMiB: 875.78, cifar10: 98.34, timm: 'mixer_l16_224.goog_in21k' },
];

/** The author of the TF-Hub copies' own validation, % of top-1 on ImageNet's validation images. */
export function tfHubValidation(percent: number): PublishedFigure {
  return {
    metric: 'top1',
    on: 'imagenet2012',
    value: fraction(percent),
    protocol: 'validated by the author of the TF-Hub copy',
    source: 'tensorflow/tfhub.dev, docs of sayakpaul/collections/mlp-mixer',
  };
}

function release({ folder, size, sizeMiB, cifar10, timm, results, validated }: Row): Release {
  const name = `${folder}/Mixer-${size}_16`;
  const on1k = folder === 'imagenet1k';
  const handle = `mixer_${size.toLowerCase()}16_${on1k ? 'i1k' : 'i21k'}`;
  const tuned: PublishedFigure = {
    metric: 'top1',
    on: 'cifar10',
    value: fraction(cifar10),
    protocol: 'after fine-tuning this file with vit_jax on four V100s',
    source: 'vit_jax README.md, expected Mixer results',
  };
  return {
    name,
    collection: 'mixer',
    family: 'mixer',
    model: `Mixer-${size}/16`,
    kind: 'pretrained',
    pretraining: name,
    ds: on1k ? 'i1k' : 'i21k',
    adaptDs: null,
    resolution: 224,
    numClasses: on1k ? 1000 : 21_843,
    sizeMiB,
    evidence: 'published',
    figures: [
      tuned,
      ...(results ? timmFigures(timm, 0.875, results) : []),
      ...(validated === undefined ? [] : [tfHubValidation(validated)]),
      ...timmSpeed(timm),
    ],
    mirrors: [
      timmMirror(
        timm,
        on1k ? 'a conversion; which file it was made from is inferred from its classes and accuracy' : 'a conversion',
      ),
      tfHubMirror(`${handle}_classification`),
      tfHubMirror(`${handle}_fe`),
    ],
    notes: on1k ? ["timm's name says ImageNet-21k, the bucket's folder ImageNet."] : [],
    source: "vit_jax.ipynb, cell 10 (gsutil ls); resolution: timm's configuration",
  };
}

export const MIXER_RELEASES: readonly Release[] = ROWS.map(release);
