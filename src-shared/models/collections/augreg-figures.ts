import { PUBLISHED } from '../published.ts';
import type { PublishedFigure } from './release.ts';
import { fraction } from './timm.ts';

/** Figures of AugReg files by name (`filename` or `adapt_filename`), timm's apart. */
export interface NamedFigures {
  readonly name: string;
  readonly figures: readonly PublishedFigure[];
}

const COLAB = 'vit_jax_augreg.ipynb';
const INDEX = "the index's own column";

/** README's nine and the Colab's ten: top-1 and speed of the recommended files, sizes of their pre-trainings. */
function recommended(): NamedFigures[] {
  return PUBLISHED.flatMap(({ model, filename, adaptFilename, top1, imagesPerSecond, sizeMiB }): NamedFigures[] => {
    const figures: PublishedFigure[] = [
      { metric: 'adaptFinalTest', on: 'imagenet2012', value: top1, protocol: INDEX, source: `${COLAB}, cell 21` },
    ];
    if (imagesPerSecond !== null)
      figures.push({
        metric: 'imagesPerSecond',
        on: null,
        value: imagesPerSecond,
        protocol: `${INDEX}: timm's implementation on a V100`,
        source: `${COLAB}, cell 21`,
      });
    const ofPretraining: PublishedFigure[] = [];
    if (sizeMiB !== null)
      ofPretraining.push({
        metric: 'sizeMiB',
        on: null,
        value: sizeMiB,
        protocol: 'as listed',
        source: 'vit_jax README.md, table of recommended checkpoints',
      });
    if (model === 'R_Ti_16')
      ofPretraining.push({
        metric: 'finalVal',
        on: 'imagenet21k',
        value: 0.39,
        protocol: `${INDEX}, to three decimals`,
        source: `${COLAB}, cell 44 ("final_val=0.390")`,
      });
    return [
      { name: adaptFilename, figures },
      { name: filename, figures: ofPretraining },
    ];
  });
}

const PETS = 'R26_S_32-i21k-300ep-lr_0.001-aug_light1-wd_0.1-do_0.0-sd_0.0--oxford_iiit_pet';

/** Cell 23's sixteen: steps in thousands, learning rate, px, adapt_final_val, adapt_final_test. */
const PET_ROWS: readonly (readonly [number, string, number, number, number])[] = [
  [2, '0.03', 224, 0.894022, 0.867539],
  [2, '0.03', 384, 0.915761, 0.894794],
  [0, '0.03', 224, 0.932065, 0.916326],
  [2, '0.01', 224, 0.934783, 0.908694],
  [2, '0.003', 224, 0.945652, 0.92641],
  [2, '0.01', 384, 0.945652, 0.934315],
  [0, '0.01', 224, 0.951087, 0.928046],
  [0, '0.03', 384, 0.953804, 0.941128],
  [2, '0.001', 224, 0.959239, 0.931044],
  [0, '0.001', 224, 0.959239, 0.923412],
  [2, '0.003', 384, 0.961957, 0.941401],
  [2, '0.001', 384, 0.961957, 0.944672],
  [0, '0.01', 384, 0.961957, 0.946852],
  [0, '0.001', 384, 0.964674, 0.930499],
  [0, '0.003', 224, 0.967391, 0.931589],
  [0, '0.003', 384, 0.967391, 0.941946],
];

function pets(): NamedFigures[] {
  return PET_ROWS.map(([thousands, lr, resolution, val, test]) => {
    const source = `${COLAB}, cell 23`;
    const on = 'oxford_iiit_pet';
    const figures: PublishedFigure[] = [
      { metric: 'adaptFinalVal', on, value: val, protocol: INDEX, source },
      { metric: 'adaptFinalTest', on, value: test, protocol: INDEX, source },
    ];
    // Cell 25 shows the size of this one file.
    if (thousands === 0 && lr === '0.003' && resolution === 384)
      figures.push({ metric: 'sizeMiB', on: null, value: 137.8, protocol: 'as listed', source: `${COLAB}, cell 25` });
    return { name: `${PETS}-steps_${thousands}k-lr_${lr}-res_${resolution}`, figures };
  });
}

/** The eight of TF-Hub: what its author published with each file's name, % of top-1. */
const TF_HUB: readonly (readonly [filename: string, top1: number])[] = [
  ['B_8-i21k-300ep-lr_0.001-aug_medium2-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.01-res_224', 85.948],
  ['L_16-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.1-sd_0.1--imagenet2012-steps_20k-lr_0.01-res_224', 85.716],
  ['B_16-i21k-300ep-lr_0.001-aug_medium2-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_224', 84.018],
  ['R50_L_32-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.1-sd_0.1--imagenet2012-steps_20k-lr_0.01-res_224', 83.784],
  ['R26_S_32-i21k-300ep-lr_0.001-aug_light0-wd_0.03-do_0.1-sd_0.1--imagenet2012-steps_20k-lr_0.03-res_224', 80.944],
  ['R26_S_32-i21k-300ep-lr_0.001-aug_medium2-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.01-res_224', 80.462],
  ['S_16-i21k-300ep-lr_0.001-aug_light1-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_224', 80.462],
  ['B_32-i21k-300ep-lr_0.001-aug_medium1-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_224', 79.436],
];

function tfHub(): NamedFigures[] {
  return TF_HUB.map(([name, top1]) => ({
    name,
    figures: [
      {
        metric: 'top1',
        on: 'imagenet2012',
        value: fraction(top1),
        protocol: 'as the author of the TF-Hub copies reports it, 224 px, ImageNet validation images',
        source: 'tensorflow/tfhub.dev, pull request 87 (two of its rows have the same figure)',
      },
    ],
  }));
}

/** Every figure of a single AugReg file that was found published, timm's apart (augreg-timm.ts). */
export const AUGREG_FIGURES: readonly NamedFigures[] = [...recommended(), ...pets(), ...tfHub()];
