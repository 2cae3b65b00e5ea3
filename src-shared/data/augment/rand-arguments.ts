/**
 * What a magnitude of 10 and others mean to each of RandAugment's operations: big_vision's pp/archive/autoaugment.py,
 * with which AugReg was trained. Distances were px of images of 224 px there and are the same share of any image here.
 */

/** RandAugment's operations in big_vision's order, each as likely as another. */
export const RAND_OPS = [
  'AutoContrast',
  'Equalize',
  'Invert',
  'Rotate',
  'Posterize',
  'Solarize',
  'Color',
  'Contrast',
  'Brightness',
  'Sharpness',
  'ShearX',
  'ShearY',
  'TranslateX',
  'TranslateY',
  'Cutout',
  'SolarizeAdd',
] as const;

export type RandOp = (typeof RAND_OPS)[number];
export type PlaceOp = Extract<RandOp, 'Rotate' | 'ShearX' | 'ShearY' | 'TranslateX' | 'TranslateY'>;

/** What fills what an operation leaves empty. */
export const GREY = 128;

const MAX_LEVEL = 10;
/** The side of AugReg's images, px. */
const SIDE = 224;
const MAX_DEGREES = 30;
const MAX_SHEAR = 0.3;
const MAX_TRANSLATION = 100;
const MAX_CUTOUT = 40;

/** Of Color, Contrast, Brightness and Sharpness: 1 leaves an image as it is, 0 takes all of it away. */
export function enhanceFactor(magnitude: number): number {
  return (magnitude / MAX_LEVEL) * 1.8 + 0.1;
}

/**
 * Levels are cut down to multiples of this. No bits are one, since TensorFlow shifts a byte by 7 at most; from a
 * magnitude of 20, where big_vision would shift by less than nothing, all bits are kept.
 */
export function posterizeStep(magnitude: number): number {
  const bits = Math.trunc((magnitude / MAX_LEVEL) * 4);
  return 2 ** (8 - Math.min(8, Math.max(1, bits)));
}

/** Levels from here on are turned round: none from a magnitude of 10, all at 0. */
export function solarizeThreshold(magnitude: number): number {
  return Math.trunc((magnitude / MAX_LEVEL) * 256);
}

/** Added to levels below 128. */
export function solarizeAddition(magnitude: number): number {
  return Math.trunc((magnitude / MAX_LEVEL) * 110);
}

/** Half the side of the square that Cutout greys, px. */
export function cutoutHalf(magnitude: number, [height, width]: readonly [number, number]): number {
  return Math.trunc((magnitude / MAX_LEVEL) * MAX_CUTOUT * (Math.min(height, width) / SIDE));
}

/** The first two rows of the matrix that takes a pixel (x, y, 1) of the result to the image's (x, y). */
export type Transform = readonly [number, number, number, number, number, number];

/** @param sign 1 or -1: the way it goes. */
export function transformOf(
  op: PlaceOp,
  magnitude: number,
  { size: [height, width], sign }: { size: readonly [number, number]; sign: number },
): Transform {
  const share = (sign * magnitude) / MAX_LEVEL;
  switch (op) {
    case 'Rotate':
      return rotation((share * MAX_DEGREES * Math.PI) / 180, height, width);
    case 'ShearX':
      return [1, share * MAX_SHEAR, 0, 0, 1, 0];
    case 'ShearY':
      return [1, 0, 0, share * MAX_SHEAR, 1, 0];
    case 'TranslateX':
      return [1, 0, share * MAX_TRANSLATION * (width / SIDE), 0, 1, 0];
    case 'TranslateY':
      return [1, 0, 0, 0, 1, share * MAX_TRANSLATION * (height / SIDE)];
  }
}

/** Round the middle between the first pixel and the last. */
function rotation(radians: number, height: number, width: number): Transform {
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const [x, y] = [(width - 1) / 2, (height - 1) / 2];
  return [cos, -sin, x - (cos * x - sin * y), sin, cos, y - (sin * x + cos * y)];
}
