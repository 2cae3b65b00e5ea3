import type { Mirror, PublishedFigure, Release } from './release.ts';
import { fraction, timmFigures, timmMirror, timmSpeed } from './timm.ts';
import type { TimmResults } from './timm.ts';

// The ViT paper's releases (arXiv:2010.11929) and the hybrids beside them, as vit_jax.ipynb lists the buckets.

const LISTING = 'vit_jax.ipynb, cell 10 (gsutil ls)';
const README = 'vit_jax README.md';
const IMAGENET21K_CLASSES = 21_843;

/** Hugging Face's copy; whether the two hold the same numbers was not checked here. */
function google(name: string, readable = true): Mirror {
  return {
    kind: 'huggingface',
    address: `google/${name}`,
    readable,
    note: readable ? 'a conversion' : "a conversion in a layout that Vitrine doesn't read",
    source: `Hugging Face, google/${name}`,
  };
}

const gib = (size: number): number => Math.round(size * 1024);

interface UpstreamRow {
  readonly file: string;
  readonly model: string;
  readonly sizeMiB: number;
  readonly resolution: number | null;
  readonly timm?: string;
  readonly huggingFace?: string;
  readonly notes?: readonly string[];
}

/** `gs://vit_models/imagenet21k`. Training resolution: the paper's table 3; those it doesn't have by their size. */
const UPSTREAM: readonly UpstreamRow[] = [
  {
    file: 'R26+ViT-B_32',
    model: 'R26+B/32',
    sizeMiB: 450.23,
    resolution: null,
  },
  {
    file: 'R50+ViT-B_16',
    model: 'R50+B/16',
    sizeMiB: 439.85,
    resolution: 224,
    timm: 'vit_base_r50_s16_224.orig_in21k',
    notes: ['Its ResNet has stages of 3, 4 and 9 blocks.'],
  },
  { file: 'R50+ViT-L_32', model: 'R50+L/32', sizeMiB: gib(1.31), resolution: null },
  {
    file: 'ViT-B_16',
    model: 'B/16',
    sizeMiB: 393.69,
    resolution: 224,
    timm: 'vit_base_patch16_224.orig_in21k',
    huggingFace: 'vit-base-patch16-224-in21k',
  },
  {
    file: 'ViT-B_32',
    model: 'B/32',
    sizeMiB: 400.01,
    resolution: 224,
    timm: 'vit_base_patch32_224.orig_in21k',
    huggingFace: 'vit-base-patch32-224-in21k',
  },
  {
    file: 'ViT-B_8',
    model: 'B/8',
    sizeMiB: 393.72,
    resolution: 224,
    notes: ['Its resolution is inferred from its size: 0.03 MiB above B/16.'],
  },
  {
    file: 'ViT-H_14',
    model: 'H/14',
    sizeMiB: gib(2.46),
    resolution: 224,
    timm: 'vit_huge_patch14_224.orig_in21k',
    huggingFace: 'vit-huge-patch14-224-in21k',
  },
  {
    file: 'ViT-L_16',
    model: 'L/16',
    sizeMiB: gib(1.22),
    resolution: 224,
    timm: 'vit_large_patch16_224.orig_in21k',
    huggingFace: 'vit-large-patch16-224-in21k',
  },
  {
    file: 'ViT-L_32',
    model: 'L/32',
    sizeMiB: gib(1.23),
    resolution: 224,
    timm: 'vit_large_patch32_224.orig_in21k',
    huggingFace: 'vit-large-patch32-224-in21k',
  },
];

/** README's replication of the paper: % of top-1 after fine-tuning, without dropout on A100s, with 0.1 on V100s. */
const REPLICATED: readonly (readonly [file: string, on: string, without: number, withDropout: number])[] = [
  ['R50+ViT-B_16', 'cifar10', 98.72, 98.94],
  ['R50+ViT-B_16', 'cifar100', 90.88, 92.3],
  ['R50+ViT-B_16', 'imagenet2012', 83.72, 85.08],
  ['ViT-B_16', 'cifar10', 99.02, 98.76],
  ['ViT-B_16', 'cifar100', 92.06, 91.92],
  ['ViT-B_16', 'imagenet2012', 84.53, 84.12],
  ['ViT-B_32', 'cifar10', 98.88, 98.75],
  ['ViT-B_32', 'cifar100', 92.31, 92.05],
  ['ViT-B_32', 'imagenet2012', 81.66, 81.31],
  ['ViT-L_16', 'cifar10', 99.13, 99.14],
  ['ViT-L_16', 'cifar100', 92.91, 93.22],
  ['ViT-L_16', 'imagenet2012', 84.47, 85.05],
  ['ViT-L_32', 'cifar10', 99.06, 99.09],
  ['ViT-L_32', 'cifar100', 93.29, 93.34],
  ['ViT-L_32', 'imagenet2012', 81.89, 81.13],
];

/** README's shorter schedules: total and warmup steps, % of top-1. */
const SHORT: readonly (readonly [file: string, on: string, steps: string, top1: number])[] = [
  ['ViT-B_16', 'cifar10', '500 / 50', 98.59],
  ['ViT-B_16', 'cifar10', '1000 / 100', 98.86],
  ['ViT-B_16', 'cifar100', '500 / 50', 89.17],
  ['ViT-B_16', 'cifar100', '1000 / 100', 91.15],
];

function fineTuned(file: string): PublishedFigure[] {
  const figure = (on: string, percent: number, protocol: string): PublishedFigure => ({
    metric: 'top1',
    on,
    value: fraction(percent),
    protocol,
    source: `${README}, expected ViT results`,
  });
  return [
    ...REPLICATED.filter(([of]) => of === file).flatMap(([, on, without, withDropout]) => [
      figure(on, without, 'after fine-tuning this file with vit_jax, dropout 0.0'),
      figure(on, withDropout, 'after fine-tuning this file with vit_jax, dropout 0.1'),
    ]),
    ...SHORT.filter(([of]) => of === file).map(([, on, steps, top1]) =>
      figure(on, top1, `after fine-tuning this file with vit_jax for ${steps} steps (total / warmup)`),
    ),
  ];
}

function familyOf(file: string): { family: 'vit' | 'hybrid'; collection: 'vit' | 'hybrid' } {
  return file.startsWith('R') ? { family: 'hybrid', collection: 'hybrid' } : { family: 'vit', collection: 'vit' };
}

function upstream({ file, model, sizeMiB, resolution, timm, huggingFace, notes = [] }: UpstreamRow): Release {
  const name = `imagenet21k/${file}`;
  return {
    ...familyOf(file),
    name,
    model,
    kind: 'pretrained',
    pretraining: name,
    ds: 'i21k',
    adaptDs: null,
    resolution,
    numClasses: IMAGENET21K_CLASSES,
    sizeMiB,
    evidence: 'published',
    figures: [...fineTuned(file), ...(timm === undefined ? [] : timmSpeed(timm))],
    mirrors: [
      ...(timm === undefined ? [] : [timmMirror(timm, 'without the head')]),
      ...(huggingFace === undefined ? [] : [google(huggingFace)]),
    ],
    notes,
    source: LISTING,
  };
}

interface DownstreamRow {
  readonly file: string;
  readonly model: string;
  readonly sizeMiB: number;
  readonly resolution: number;
  readonly timm?: readonly [name: string, results: TimmResults];
  readonly mirrors?: readonly Mirror[];
  /** The authors' own ImageNet top-1, %, and where they say so. */
  readonly top1?: readonly [percent: number, source: string];
  readonly notes?: readonly string[];
}

const EXPECTED = `${README}, changelog of 2020-10-29`;

/** `gs://vit_models/imagenet21k+imagenet2012`: fine-tuned at 384 px, or 224 px where the name ends so. */
const DOWNSTREAM: readonly DownstreamRow[] = [
  {
    file: 'R50+ViT-B_16',
    model: 'R50+B/16',
    sizeMiB: 377.57,
    resolution: 384,
    timm: ['vit_base_r50_s16_384.orig_in21k_ft_in1k', [84.988, 97.296, 88.802, 75.42]],
    mirrors: [google('vit-hybrid-base-bit-384', false)],
    top1: [85.082, 'google-research/vision_transformer, issue 39 (an author)'],
  },
  {
    file: 'ViT-B_16-224',
    model: 'B/16',
    sizeMiB: 330.29,
    resolution: 224,
    timm: ['vit_base_patch16_224.orig_in21k_ft_in1k', [81.782, 96.122, 86.754, 71.07]],
    mirrors: [google('vit-base-patch16-224')],
    top1: [81.2, EXPECTED],
  },
  {
    file: 'ViT-B_16',
    model: 'B/16',
    sizeMiB: 331.4,
    resolution: 384,
    timm: ['vit_base_patch16_384.orig_in21k_ft_in1k', [84.212, 97.21, 88.398, 73.78]],
    mirrors: [google('vit-base-patch16-384')],
  },
  {
    file: 'ViT-B_32',
    model: 'B/32',
    sizeMiB: 336.89,
    resolution: 384,
    mirrors: [google('vit-base-patch32-384')],
  },
  {
    file: 'ViT-B_8',
    model: 'B/8',
    sizeMiB: 334.78,
    resolution: 384,
    notes: ['Its resolution is inferred from its size: 3.38 MiB above B/16.'],
  },
  {
    file: 'ViT-L_16-224',
    model: 'L/16',
    sizeMiB: gib(1.13),
    resolution: 224,
    mirrors: [google('vit-large-patch16-224')],
    top1: [82.7, EXPECTED],
  },
  {
    file: 'ViT-L_16',
    model: 'L/16',
    sizeMiB: gib(1.14),
    resolution: 384,
    mirrors: [google('vit-large-patch16-384')],
  },
  {
    file: 'ViT-L_32',
    model: 'L/32',
    sizeMiB: gib(1.14),
    resolution: 384,
    timm: ['vit_large_patch32_384.orig_in21k_ft_in1k', [81.508, 96.086, 85.913, 70.89]],
    mirrors: [google('vit-large-patch32-384')],
  },
];

function downstream(row: DownstreamRow): Release {
  const { file, model, sizeMiB, resolution, timm, top1, mirrors = [], notes = [] } = row;
  const figures: PublishedFigure[] = [];
  if (top1)
    figures.push({
      metric: 'adaptFinalTest',
      on: 'imagenet2012',
      value: fraction(top1[0]),
      protocol: `as its authors expect, ${resolution} px`,
      source: top1[1],
    });
  if (timm) figures.push(...timmFigures(timm[0], resolution === 384 ? 1 : 0.9, timm[1]), ...timmSpeed(timm[0]));
  return {
    ...familyOf(file),
    name: `imagenet21k+imagenet2012/${file}`,
    model,
    kind: 'finetuned',
    pretraining: `imagenet21k/${file.replace(/-224$/, '')}`,
    ds: 'i21k',
    adaptDs: 'imagenet2012',
    resolution,
    numClasses: 1000,
    sizeMiB,
    evidence: 'published',
    figures,
    mirrors: [...(timm ? [timmMirror(timm[0])] : []), ...mirrors],
    notes,
    source: LISTING,
  };
}

export const VIT_RELEASES: readonly Release[] = [...UPSTREAM.map(upstream), ...DOWNSTREAM.map(downstream)];
