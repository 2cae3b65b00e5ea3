import { DRAWS_A_LAYER } from '../../src-shared/data/augment/rand-augment.ts';
import {
  cutoutHalf,
  enhanceFactor,
  GREY,
  posterizeStep,
  RAND_OPS,
  solarizeAddition,
  solarizeThreshold,
  transformOf,
  type PlaceOp,
  type RandOp,
} from '../../src-shared/data/augment/rand-arguments.ts';
import { attrString, attrType } from '../engine/graph/graph-builder.ts';
import type { FunctionDef } from '../engine/graph/proto.ts';
import * as ops from './level-op-functions.ts';
import { callOne, DRAWS, pixelFunction, PIXELS, type PixelBody } from './pixel-body.ts';

interface Strength {
  magnitude: number;
  /** Height and width of the images, px. */
  size: readonly [number, number];
}

type Build = (body: PixelBody, strength: Strength) => string;

const placed =
  (op: PlaceOp): Build =>
  (body, { magnitude, size }) => {
    const row = (sign: number): string =>
      body.constant(Float32Array.of(...transformOf(op, magnitude, { size, sign }), 0, 0), [1, 8]);
    const transform = body.where(body.less(body.at(DRAWS, 0), body.float(0.5)), [row(-1), row(1)]);
    const batch = body.reshape(PIXELS, body.ints([1, ...size, 3]), 'float32');
    const attrs = {
      dtype: attrType('float32'),
      interpolation: attrString('NEAREST'),
      fill_mode: attrString('CONSTANT'),
    };
    const inputs = [batch, transform, body.ints([...size]), body.float(GREY)];
    const moved = body.op('ImageProjectiveTransformV3', inputs, attrs, 'transformed_images');
    return body.reshape(moved, body.ints([...size, 3]), 'float32');
  };

/** Every operation of RandAugment in a graph; src-shared/data/augment/rand-augment.ts has them in TypeScript. */
const BUILDERS = {
  AutoContrast: ops.autoContrast,
  Equalize: (body, { size }) => ops.equalize(body, size),
  Invert: ops.invert,
  Rotate: placed('Rotate'),
  Posterize: (body, { magnitude }) => ops.posterize(body, posterizeStep(magnitude)),
  Solarize: (body, { magnitude }) => ops.solarize(body, solarizeThreshold(magnitude)),
  Color: (body, { magnitude }) => ops.color(body, enhanceFactor(magnitude)),
  Contrast: (body, { magnitude, size }) => ops.contrast(body, enhanceFactor(magnitude), size),
  Brightness: (body, { magnitude }) => ops.brightness(body, enhanceFactor(magnitude)),
  Sharpness: (body, { magnitude, size }) => ops.sharpness(body, enhanceFactor(magnitude), size),
  ShearX: placed('ShearX'),
  ShearY: placed('ShearY'),
  TranslateX: placed('TranslateX'),
  TranslateY: placed('TranslateY'),
  Cutout: (body, { magnitude, size }) => ops.cutout(body, { half: cutoutHalf(magnitude, size), grey: GREY }, size),
  SolarizeAdd: (body, { magnitude }) => ops.solarizeAdd(body, solarizeAddition(magnitude)),
} satisfies Record<RandOp, Build>;

/** RandAugment's operations of one strength as functions, in the order that a layer's first draw picks from. */
export function randFunctions(name: string, strength: Strength): FunctionDef[] {
  return RAND_OPS.map((op) => pixelFunction(`${name}_${op}`, (body) => BUILDERS[op](body, strength)));
}

/**
 * RandAugment on levels of any precision, which are cut to whole ones first.
 * @param draws float32 [3 · layers], uniform.
 */
export function randAugmented(
  body: PixelBody,
  { pixels, draws }: { pixels: string; draws: string },
  { layers, functions, size }: { layers: number; functions: readonly FunctionDef[]; size: readonly [number, number] },
): string {
  let augmented = body.level(pixels);
  for (let layer = 0; layer < layers; layer++) {
    const at = DRAWS_A_LAYER * layer;
    const branch = body.floor(body.mul(body.at(draws, at), body.float(functions.length)));
    const own = body.part(draws, at + 1, DRAWS_A_LAYER - 1);
    augmented = callOne(body, { branch, functions }, { pixels: augmented, draws: own, size });
  }
  return augmented;
}
