import type { Mirror, PublishedFigure } from './release.ts';
import { timmFigures, timmMirror, timmSpeed } from './timm.ts';
import type { TimmResults } from './timm.ts';

/** An AugReg file that timm loads by its address, so its name is public, and timm's copy of it. */
export interface AugregAtTimm {
  /** `filename` or `adapt_filename` of the index. */
  readonly name: string;
  readonly mirror: Mirror;
  readonly figures: readonly PublishedFigure[];
}

function file(timmName: string, name: string, results?: TimmResults): AugregAtTimm {
  const cropPct = timmName.includes('_384.') ? 1 : 0.9;
  const figures = results ? [...timmFigures(timmName, cropPct, results), ...timmSpeed(timmName)] : timmSpeed(timmName);
  return { name, mirror: timmMirror(timmName), figures };
}

/** timm's vision_transformer.py and vision_transformer_hybrid.py (`url` of default_cfgs), with its results/*.csv. */
export const AUGREG_AT_TIMM: readonly AugregAtTimm[] = [
  file(
    'vit_tiny_patch16_224.augreg_in21k_ft_in1k',
    'Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_224',
    [75.452, 92.858, 82.061, 63.11],
  ),
  file(
    'vit_tiny_patch16_384.augreg_in21k_ft_in1k',
    'Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_384',
    [78.438, 94.542, 84.822, 66.41],
  ),
  file(
    'vit_small_patch32_224.augreg_in21k_ft_in1k',
    'S_32-i21k-300ep-lr_0.001-aug_light1-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_224',
    [76.01, 93.266, 82.503, 63.92],
  ),
  file(
    'vit_small_patch32_384.augreg_in21k_ft_in1k',
    'S_32-i21k-300ep-lr_0.001-aug_light1-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_384',
    [80.476, 95.594, 86.31, 68.95],
  ),
  file(
    'vit_small_patch16_224.augreg_in21k_ft_in1k',
    'S_16-i21k-300ep-lr_0.001-aug_light1-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_224',
    [81.402, 96.15, 86.854, 70.63],
  ),
  file(
    'vit_small_patch16_384.augreg_in21k_ft_in1k',
    'S_16-i21k-300ep-lr_0.001-aug_light1-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_384',
    [83.814, 97.106, 88.65, 73.17],
  ),
  file(
    'vit_base_patch32_224.augreg_in21k_ft_in1k',
    'B_32-i21k-300ep-lr_0.001-aug_medium1-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_224',
    [80.732, 95.574, 85.979, 69.43],
  ),
  file(
    'vit_base_patch32_384.augreg_in21k_ft_in1k',
    'B_32-i21k-300ep-lr_0.001-aug_light1-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_384',
    [83.358, 96.828, 87.903, 72.68],
  ),
  file(
    'vit_base_patch16_224.augreg_in21k_ft_in1k',
    'B_16-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.01-res_224',
    [84.534, 97.3, 88.887, 74.1],
  ),
  file(
    'vit_base_patch16_384.augreg_in21k_ft_in1k',
    'B_16-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.01-res_384',
    [86.01, 97.998, 89.969, 76.16],
  ),
  file(
    'vit_base_patch8_224.augreg_in21k_ft_in1k',
    'B_8-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.01-res_224',
    [85.838, 97.776, 89.457, 75.83],
  ),
  file(
    'vit_large_patch16_224.augreg_in21k_ft_in1k',
    'L_16-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.1-sd_0.1--imagenet2012-steps_20k-lr_0.01-res_224',
    [85.856, 97.822, 89.318, 76.18],
  ),
  file(
    'vit_large_patch16_384.augreg_in21k_ft_in1k',
    'L_16-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.1-sd_0.1--imagenet2012-steps_20k-lr_0.01-res_384',
    [87.096, 98.302, 90.219, 77.79],
  ),
  file(
    'vit_small_patch16_224.augreg_in1k',
    'S_16-i1k-300ep-lr_0.001-aug_medium2-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.01-res_224',
    [78.842, 94.28, 84.51, 66.59],
  ),
  file(
    'vit_small_patch16_384.augreg_in1k',
    'S_16-i1k-300ep-lr_0.001-aug_medium2-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.01-res_384',
    [81.13, 95.59, 86.502, 69.19],
  ),
  file(
    'vit_base_patch32_224.augreg_in1k',
    'B_32-i1k-300ep-lr_0.001-aug_medium2-wd_0.1-do_0.1-sd_0.1--imagenet2012-steps_20k-lr_0.01-res_224',
    [74.908, 91.77, 81.145, 61.01],
  ),
  file(
    'vit_base_patch32_384.augreg_in1k',
    'B_32-i1k-300ep-lr_0.001-aug_medium2-wd_0.1-do_0.1-sd_0.1--imagenet2012-steps_20k-lr_0.01-res_384',
    [78.75, 94.238, 84.717, 66.41],
  ),
  file(
    'vit_base_patch16_224.augreg_in1k',
    'B_16-i1k-300ep-lr_0.001-aug_strong2-wd_0.1-do_0.1-sd_0.1--imagenet2012-steps_20k-lr_0.01-res_224',
    [79.154, 94.108, 84.388, 66.34],
  ),
  file(
    'vit_base_patch16_384.augreg_in1k',
    'B_16-i1k-300ep-lr_0.001-aug_strong2-wd_0.1-do_0.1-sd_0.1--imagenet2012-steps_20k-lr_0.01-res_384',
    [81.102, 95.334, 86.214, 68.97],
  ),
  file('vit_tiny_patch16_224.augreg_in21k', 'Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0'),
  file('vit_small_patch32_224.augreg_in21k', 'S_32-i21k-300ep-lr_0.001-aug_light1-wd_0.03-do_0.0-sd_0.0'),
  file('vit_small_patch16_224.augreg_in21k', 'S_16-i21k-300ep-lr_0.001-aug_light1-wd_0.03-do_0.0-sd_0.0'),
  file('vit_base_patch32_224.augreg_in21k', 'B_32-i21k-300ep-lr_0.001-aug_medium1-wd_0.03-do_0.0-sd_0.0'),
  file('vit_base_patch16_224.augreg_in21k', 'B_16-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.0-sd_0.0'),
  file('vit_base_patch8_224.augreg_in21k', 'B_8-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.0-sd_0.0'),
  file('vit_large_patch16_224.augreg_in21k', 'L_16-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.1-sd_0.1'),
  file(
    'vit_tiny_r_s16_p8_224.augreg_in21k_ft_in1k',
    'R_Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_224',
    [71.8, 90.81, 79.014, 58.89],
  ),
  file(
    'vit_tiny_r_s16_p8_384.augreg_in21k_ft_in1k',
    'R_Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_384',
    [75.962, 93.272, 82.687, 63.2],
  ),
  file(
    'vit_small_r26_s32_224.augreg_in21k_ft_in1k',
    'R26_S_32-i21k-300ep-lr_0.001-aug_light0-wd_0.03-do_0.1-sd_0.1--imagenet2012-steps_20k-lr_0.03-res_224',
    [81.856, 96.038, 86.876, 70.55],
  ),
  file(
    'vit_small_r26_s32_384.augreg_in21k_ft_in1k',
    'R26_S_32-i21k-300ep-lr_0.001-aug_medium2-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_384',
    [84.066, 97.31, 88.817, 73.87],
  ),
  file(
    'vit_large_r50_s32_224.augreg_in21k_ft_in1k',
    'R50_L_32-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.1-sd_0.1--imagenet2012-steps_20k-lr_0.01-res_224',
    [84.434, 97.152, 88.424, 74.2],
  ),
  file(
    'vit_large_r50_s32_384.augreg_in21k_ft_in1k',
    'R50_L_32-i21k-300ep-lr_0.001-aug_medium2-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.01-res_384',
    [86.188, 97.928, 89.79, 76.89],
  ),
  file('vit_tiny_r_s16_p8_224.augreg_in21k', 'R_Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0'),
  file('vit_small_r26_s32_224.augreg_in21k', 'R26_S_32-i21k-300ep-lr_0.001-aug_medium2-wd_0.03-do_0.0-sd_0.0'),
  file('vit_large_r50_s32_224.augreg_in21k', 'R50_L_32-i21k-300ep-lr_0.001-aug_medium2-wd_0.1-do_0.0-sd_0.0'),
];
