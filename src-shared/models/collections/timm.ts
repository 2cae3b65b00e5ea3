import type { Mirror, PublishedFigure } from './release.ts';

const VALIDATION = "timm's results/results-imagenet.csv";

/** % of top-1 and top-5 on ImageNet's validation images, top-1 with ReaL labels and on ImageNetV2 (matched frequency). */
export type TimmResults = readonly [top1: number, top5: number, real: number, v2: number];

/** timm's copy of some weights, at https://huggingface.co/timm/NAME. */
export function timmMirror(name: string, note: string | null = null): Mirror {
  return {
    kind: 'timm',
    address: `timm/${name}`,
    readable: true,
    note,
    source: 'timm, default_cfgs (hf_hub_id)',
  };
}

/** timm's own validation of its copy: crop and bicubic resizing as its configuration has them, not the authors'. */
export function timmFigures(name: string, cropPct: number, results: TimmResults): PublishedFigure[] {
  const resolution = Number(/_(\d{3})(?:\.|$)/.exec(name)![1]);
  const protocol = `timm's validation of ${name}: ${resolution} px, crop ${cropPct}, bicubic`;
  const [top1, top5, real, v2] = results;
  const figure = (metric: 'top1' | 'top5', on: string, [percent, source]: [number, string]): PublishedFigure => ({
    metric,
    on,
    value: fraction(percent),
    protocol,
    source,
  });
  return [
    figure('top1', 'imagenet2012', [top1, VALIDATION]),
    figure('top5', 'imagenet2012', [top5, VALIDATION]),
    figure('top1', 'imagenet2012, ReaL labels', [real, "timm's results/results-imagenet-real.csv"]),
    figure('top1', 'imagenet_v2, matched frequency', [v2, "timm's results/results-imagenetv2-matched-frequency.csv"]),
  ];
}

/** Percent with three decimals to a fraction, without binary dust. */
export function fraction(percent: number): number {
  return Number((percent / 100).toFixed(6));
}

/**
 * Images a second of timm's models on an RTX 3090, batch 1024 where it fits: PyTorch 2.4, CUDA 12.4, mixed precision,
 * channels first. Of an architecture, whatever its weights.
 */
const RTX_3090: Readonly<Record<string, number>> = {
  vit_tiny_r_s16_p8_224: 16372.59,
  vit_small_patch32_224: 13132.7,
  deit_tiny_patch16_224: 10236.41,
  vit_tiny_patch16_224: 10231.54,
  deit_tiny_distilled_patch16_224: 10185.75,
  vit_tiny_r_s16_p8_384: 5625.7,
  vit_base_patch32_224: 5098.65,
  deit_small_patch16_224: 4586.09,
  vit_small_patch16_224: 4584.86,
  deit_small_distilled_patch16_224: 4543.3,
  vit_small_patch32_384: 4513.63,
  vit_small_r26_s32_224: 3304.01,
  vit_tiny_patch16_384: 3237.39,
  vit_large_patch32_224: 1759.2,
  vit_base_patch32_384: 1749.95,
  mixer_b16_224: 1632.43,
  vit_base_patch16_224: 1570.66,
  deit_base_patch16_224: 1564.98,
  deit_base_distilled_patch16_224: 1562.81,
  vit_small_patch16_384: 1459.09,
  vit_small_r26_s32_384: 1128.5,
  vit_large_r50_s32_224: 1102.83,
  vit_base_r50_s16_224: 993.23,
  vit_large_patch32_384: 604.74,
  mixer_l16_224: 519.58,
  vit_base_patch16_384: 509.98,
  deit_base_patch16_384: 508.8,
  deit_base_distilled_patch16_384: 508.27,
  vit_large_patch16_224: 486.7,
  vit_large_r50_s32_384: 380.77,
  vit_base_patch8_224: 364.14,
  vit_base_r50_s16_384: 334.22,
  vit_huge_patch14_224: 183.94,
  vit_large_patch16_384: 159.33,
};

/** @param name timm's, with or without the weights' tag */
export function timmSpeed(name: string): PublishedFigure[] {
  const value = RTX_3090[name.split('.')[0]!];
  if (value === undefined) return [];
  return [
    {
      metric: 'imagesPerSecond',
      on: null,
      value,
      protocol: "inference of timm's model on an RTX 3090: PyTorch 2.4, CUDA 12.4, mixed precision, NCHW",
      source: "timm's results/benchmark-infer-amp-nchw-pt240-cu124-rtx3090.csv",
    },
  ];
}
