import { AppError } from '../errors.ts';
import type { AugregModel } from './names.ts';

/**
 * The pre-training that vit_jax takes for a bare model name, and its best ImageNet fine-tuning. vit_jax picks the
 * highest `final_val` among `ds == "i21k"` of the bucket's index; these are the results it published.
 */
export interface PublishedModel {
  readonly model: AugregModel;
  /** Name in the papers. */
  readonly name: string;
  readonly filename: string;
  /** Size of the pre-trained file, MiB. */
  readonly sizeMiB: number | null;
  readonly adaptFilename: string;
  /** Of the fine-tuned file, px. */
  readonly resolution: number;
  /** ImageNet top-1 of the fine-tuned file (the index's `adapt_final_test`). */
  readonly top1: number;
  /** Of timm's implementation on a V100 GPU (the index's `infer_samples_per_sec`). */
  readonly imagesPerSecond: number | null;
  readonly source: string;
}

const README_AND_COLAB = 'vit_jax README.md, table of recommended checkpoints; vit_jax_augreg.ipynb, cell 21';
const COLAB = 'vit_jax_augreg.ipynb, cell 21';

export const PUBLISHED: readonly PublishedModel[] = [
  row(
    { model: 'L_16', name: 'L/16' },
    { tail: 'aug_strong1-wd_0.1-do_0.0-sd_0.0', lr: 0.01 },
    { sizeMiB: 1243, top1: 0.85588, imagesPerSecond: 49.87 },
  ),
  row(
    { model: 'B_16', name: 'B/16' },
    { tail: 'aug_medium1-wd_0.1-do_0.0-sd_0.0', lr: 0.03 },
    { sizeMiB: 391, top1: 0.85486, imagesPerSecond: 137.92 },
  ),
  row(
    { model: 'S_16', name: 'S/16' },
    { tail: 'aug_light1-wd_0.03-do_0.0-sd_0.0', lr: 0.03 },
    { sizeMiB: 115, top1: 0.83728, imagesPerSecond: 300.12 },
  ),
  row(
    { model: 'R50_L_32', name: 'R50+L/32' },
    { tail: 'aug_medium1-wd_0.1-do_0.1-sd_0.1', lr: 0.01 },
    { sizeMiB: 1337, top1: 0.85992, imagesPerSecond: 326.73 },
  ),
  row(
    { model: 'R26_S_32', name: 'R26+S/32' },
    { tail: 'aug_light1-wd_0.1-do_0.0-sd_0.0', lr: 0.01 },
    { sizeMiB: 170, top1: 0.83846, imagesPerSecond: 560.4 },
  ),
  row(
    { model: 'Ti_16', name: 'Ti/16' },
    { tail: 'aug_none-wd_0.03-do_0.0-sd_0.0', lr: 0.03 },
    { sizeMiB: 37, top1: 0.7822, imagesPerSecond: 609.58 },
  ),
  row(
    { model: 'B_32', name: 'B/32' },
    { tail: 'aug_light1-wd_0.1-do_0.0-sd_0.0', lr: 0.01 },
    { sizeMiB: 398, top1: 0.83586, imagesPerSecond: 954.94 },
  ),
  row(
    { model: 'S_32', name: 'S/32' },
    { tail: 'aug_none-wd_0.1-do_0.0-sd_0.0', lr: 0.01 },
    { sizeMiB: 118, top1: 0.79584, imagesPerSecond: 2153.94 },
  ),
  row(
    { model: 'R_Ti_16', name: 'R+Ti/16' },
    { tail: 'aug_none-wd_0.03-do_0.0-sd_0.0', lr: 0.03 },
    { sizeMiB: 40, top1: 0.75402, imagesPerSecond: 2425.77 },
  ),
  row(
    { model: 'B_8', name: 'B/8' },
    { tail: 'aug_medium2-wd_0.1-do_0.0-sd_0.0', lr: 0.03 },
    { sizeMiB: null, top1: 0.85578, imagesPerSecond: null },
  ),
];

function row(
  names: { model: AugregModel; name: string },
  settings: { tail: string; lr: number },
  facts: Pick<PublishedModel, 'sizeMiB' | 'top1' | 'imagesPerSecond'>,
): PublishedModel {
  const { model } = names;
  const filename = `${model}-i21k-300ep-lr_0.001-${settings.tail}`;
  const resolution = model === 'B_8' ? 224 : 384;
  const adaptFilename = `${filename}--imagenet2012-steps_20k-lr_${settings.lr}-res_${resolution}`;
  return {
    ...names,
    filename,
    adaptFilename,
    resolution,
    ...facts,
    source: model === 'B_8' ? COLAB : README_AND_COLAB,
  };
}

/** The published recommendation for a bare model name, e.g. `Ti_16`. @throws AppError not_found */
export function recommendedFor(model: string): PublishedModel {
  const found = PUBLISHED.find((p) => p.model === model);
  if (found) return found;
  throw new AppError('not_found', `No recommended AugReg checkpoint is published for "${model}".`, {
    hint: `Give the full file name (--config=augreg:${model}-…) or a file (--checkpoint FILE). Published: ${PUBLISHED.map((p) => p.model).join(', ')}.`,
    details: { model },
  });
}
