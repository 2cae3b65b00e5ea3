import {
  autoContrast,
  brightness,
  color,
  contrast,
  equalize,
  invert,
  posterize,
  sharpness,
  solarize,
  solarizeAdd,
  type Levels,
} from './level-ops.ts';
import { cutout, transformed } from './place-ops.ts';
import {
  cutoutHalf,
  enhanceFactor,
  posterizeStep,
  RAND_OPS,
  solarizeAddition,
  solarizeThreshold,
  transformOf,
  type PlaceOp,
  type RandOp,
} from './rand-arguments.ts';

/** Uniform numbers that a layer takes: which operation, and two for it. */
export const DRAWS_A_LAYER = 3;

/** Two uniform numbers: below a half the first turns a direction round; both are a place for Cutout. */
type Draw = readonly [number, number];

type Apply = (image: Levels, magnitude: number, draw: Draw) => Levels;

const placed =
  (op: PlaceOp): Apply =>
  (image, magnitude, [turn]) =>
    transformed(image, transformOf(op, magnitude, { size: [image.height, image.width], sign: turn < 0.5 ? -1 : 1 }));

/** Every operation as a function of levels, magnitude and draw. */
export const RAND_OP = {
  AutoContrast: autoContrast,
  Equalize: equalize,
  Invert: invert,
  Rotate: placed('Rotate'),
  Posterize: (image, magnitude) => posterize(image, posterizeStep(magnitude)),
  Solarize: (image, magnitude) => solarize(image, solarizeThreshold(magnitude)),
  Color: (image, magnitude) => color(image, enhanceFactor(magnitude)),
  Contrast: (image, magnitude) => contrast(image, enhanceFactor(magnitude)),
  Brightness: (image, magnitude) => brightness(image, enhanceFactor(magnitude)),
  Sharpness: (image, magnitude) => sharpness(image, enhanceFactor(magnitude)),
  ShearX: placed('ShearX'),
  ShearY: placed('ShearY'),
  TranslateX: placed('TranslateX'),
  TranslateY: placed('TranslateY'),
  Cutout: (image, magnitude, draw) => cutout(image, cutoutHalf(magnitude, [image.height, image.width]), draw),
  SolarizeAdd: (image, magnitude) => solarizeAdd(image, solarizeAddition(magnitude)),
} satisfies Record<RandOp, Apply>;

/**
 * RandAugment (arXiv:1909.13719): one operation after another, each any of the sixteen, all of one magnitude.
 * @param image levels of any precision; cut to whole ones first, as big_vision's images are bytes
 * @param draws uniform, three a layer
 */
export function randAugment(image: Levels, magnitude: number, draws: readonly number[]): Levels {
  let augmented: Levels = { ...image, data: image.data.map(Math.floor) };
  for (let i = 0; i < draws.length; i += DRAWS_A_LAYER) {
    const op: Apply = RAND_OP[RAND_OPS[Math.floor(draws[i]! * RAND_OPS.length)]!];
    augmented = op(augmented, magnitude, [draws[i + 1]!, draws[i + 2]!]);
  }
  return augmented;
}
