import { LIT_RESOLUTION, LIT_VARIANTS, litNotes } from '../lit-variants.ts';
import type { LitResults, LitVariant } from '../lit-variants.ts';
import type { PublishedFigure, Release } from './release.ts';
import { fraction } from './timm.ts';

// LiT's releases (arXiv:2111.07991): gs://vit_models/lit, by vit_jax/models_lit.py.

const CARD = 'vit_jax model_cards/lit.md';

/** "Latency (single TPU core)" of the model card, images a second. */
const TPU_SPEED: Readonly<Record<string, number>> = { 'LiT-B16B_2': 1200, 'LiT-L16L': 400 };

const RESULT_SETS: readonly (readonly [keyof LitResults, on: string, metric: 'top1' | 'recallAt1'])[] = [
  ['imagenet', 'imagenet2012', 'top1'],
  ['imagenetV2', 'imagenet_v2', 'top1'],
  ['cifar100', 'cifar100', 'top1'],
  ['pets37', 'oxford_iiit_pet', 'top1'],
  ['resisc45', 'resisc45', 'top1'],
  ['cocoImageToText', 'coco_captions, image to text', 'recallAt1'],
  ['cocoTextToImage', 'coco_captions, text to image', 'recallAt1'],
];

function zeroShot(results: LitResults): PublishedFigure[] {
  return RESULT_SETS.map(([key, on, metric]) => ({
    metric,
    on,
    value: fraction(results[key]),
    protocol: 'zero-shot, by the model card',
    source: CARD,
  }));
}

function figures({ modelName, results }: LitVariant): PublishedFigure[] {
  const all = results ? zeroShot(results) : [];
  if (modelName === 'LiT-B16B')
    all.push({ metric: 'top1', on: 'imagenet2012', value: 0.721, protocol: 'zero-shot', source: 'vit_jax README.md' });
  const speed = TPU_SPEED[modelName];
  if (speed !== undefined)
    all.push({ metric: 'imagesPerSecond', on: null, value: speed, protocol: 'a single TPU core', source: CARD });
  return all;
}

export const LIT_RELEASES: readonly Release[] = LIT_VARIANTS.map((variant) => ({
  name: `lit/${variant.modelName}`,
  collection: 'lit',
  family: 'lit',
  model: variant.modelName,
  kind: 'imageText',
  pretraining: `lit/${variant.modelName}`,
  ds: 'cc12m+yfcc100m',
  adaptDs: null,
  resolution: LIT_RESOLUTION,
  numClasses: null,
  sizeMiB: null,
  evidence: 'published',
  figures: figures(variant),
  mirrors: [],
  notes: litNotes(variant),
  source: `vit_jax/configs/models.py and lit.ipynb; ${CARD}`,
}));
