import type { Mirror } from './release.ts';

const SOURCE = 'tensorflow/tfhub.dev, docs of sayakpaul/collections; sayakpaul/ViT-jax2tf README.md';

/** A TensorFlow Hub copy (a SavedModel). Vitrine names it and doesn't read it. */
export function tfHubMirror(handle: string): Mirror {
  return {
    kind: 'tfhub',
    address: `https://tfhub.dev/sayakpaul/${handle}/1`,
    readable: false,
    note: "a SavedModel made by jax2tf; Vitrine doesn't read it",
    source: SOURCE,
  };
}

/** The copies of AugReg files, each for classification and for features, by `adapt_filename` (pull request 87). */
export const AUGREG_AT_TF_HUB: Readonly<Record<string, string>> = {
  'B_8-i21k-300ep-lr_0.001-aug_medium2-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.01-res_224': 'vit_b8',
  'L_16-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.1-sd_0.1--imagenet2012-steps_20k-lr_0.01-res_224': 'vit_l16',
  'B_16-i21k-300ep-lr_0.001-aug_medium2-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_224': 'vit_b16',
  'R50_L_32-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.1-sd_0.1--imagenet2012-steps_20k-lr_0.01-res_224':
    'vit_r50_l32',
  'R26_S_32-i21k-300ep-lr_0.001-aug_light0-wd_0.03-do_0.1-sd_0.1--imagenet2012-steps_20k-lr_0.03-res_224':
    'vit_r26_s32_lightaug',
  'R26_S_32-i21k-300ep-lr_0.001-aug_medium2-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.01-res_224':
    'vit_r26_s32_medaug',
  'S_16-i21k-300ep-lr_0.001-aug_light1-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_224': 'vit_s16',
  'B_32-i21k-300ep-lr_0.001-aug_medium1-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_224': 'vit_b32',
};
