import type { Preprocessing } from '../checkpoints/sidecar.ts';
import { randomFromPair } from '../random.ts';
import { augmentLevels, augmentValues, type Augmentation } from './augment/augment.ts';
import { distortedCrop } from './distorted-crop.ts';
import { halfToEven } from './half-to-even.ts';
import { placementOf } from './placement.ts';
import { rangeSteps } from './range-steps.ts';
import { resizeBilinear, type RgbImage } from './resize-bilinear.ts';
import { resizePillow } from './resize-pillow.ts';
import { resizePlain } from './resize-plain.ts';

const f = Math.fround;

/**
 * A checkpoint's evaluation image: resized, its middle cut out, in the range of values the model takes.
 * @param image upright where `exif` asks for that
 * @returns [h, w, 3]
 */
export function prepareEval(image: RgbImage, preprocessing: Preprocessing): Float32Array {
  const { resolution, resize, antialias } = preprocessing;
  const placement = placementOf(preprocessing, [image.height, image.width]);
  const pixels = antialias
    ? Float32Array.from(resizePillow(image, placement, { resize, resolution }).data)
    : cutOut(resizePlain(image, placement.size, resize), placement.corner, resolution).data;
  return toRange(pixels, preprocessing);
}

export interface TrainOptions {
  /** Two int32 of the plan: what crop and flip are drawn from. */
  seed: readonly [number, number];
  /** Smallest share of the image a crop covers; vit_jax: 0.05. 1 leaves the image whole. */
  cropAreaMin: number;
  /** Mirror half of the images. */
  flip: boolean;
  /** What else is done to them. */
  augmentation?: Augmentation | undefined;
}

/**
 * vit_jax's training augmentation: a distorted crop resized to the resolution (bilinear, without antialiasing),
 * mirrored in half of the cases; then what else the run asks for; in the checkpoint's range of values.
 * @returns [h, w, 3]
 */
export function prepareTrain(image: RgbImage, preprocessing: Preprocessing, options: TrainOptions): Float32Array {
  const { resolution } = preprocessing;
  const random = randomFromPair(options.seed);
  const box =
    options.cropAreaMin >= 1
      ? undefined
      : distortedCrop([image.height, image.width], { areaMin: options.cropAreaMin, random });
  const { data } = resizeBilinear(image, resolution, box);
  if (options.flip && random.float() > 0.5) flipLeftRight(data, resolution);
  const { augmentation } = options;
  if (!augmentation) return toRange(data, preprocessing);
  const [height, width] = resolution;
  const values = toRange(augmentLevels({ data, height, width }, augmentation, random).data, preprocessing);
  augmentValues(values, { size: resolution, erasing: augmentation.erasing }, random);
  return values;
}

/**
 * LiT's: resized (or, with `crop`, resized to the shorter side and cut out of the middle), cut to whole levels, then
 * 2 x / 255 - 1. Returns [size, size, 3] in [-1, 1].
 */
export function litPreprocess(image: RgbImage, size: number, crop = false): Float32Array {
  const { data } = crop ? centre(resizeSmall(image, size), size) : resizeBilinear(image, [size, size]);
  for (let i = 0; i < data.length; i++) data[i] = -1 + f(f(Math.trunc(data[i]!) / 255) * 2);
  return data;
}

/** Each value of a colour through the steps of its range, in place. */
function toRange(data: Float32Array, preprocessing: Preprocessing): Float32Array {
  for (const { op, by } of rangeSteps(preprocessing)) {
    for (let i = 0; i < data.length; i++) {
      const value = by[i % 3]!;
      data[i] = op === 'subtract' ? data[i]! - value : data[i]! / value;
    }
  }
  return data;
}

/** The part of an image that begins at a corner; black where that lies outside. */
function cutOut(
  image: RgbImage<Float32Array>,
  [y, x]: readonly [number, number],
  [height, width]: readonly [number, number],
): RgbImage<Float32Array> {
  if (y === 0 && x === 0 && height === image.height && width === image.width) return image;
  const data = new Float32Array(height * width * 3);
  const [left, right] = [Math.max(x, 0), Math.min(x + width, image.width)];
  for (let row = Math.max(y, 0); row < Math.min(y + height, image.height); row++) {
    const from = row * image.width * 3;
    data.set(image.data.subarray(from + left * 3, from + right * 3), ((row - y) * width + left - x) * 3);
  }
  return { data, height, width };
}

/** Resizes so that the shorter side is `size`, px, keeping the aspect ratio to the nearest pixel (halves to even). */
function resizeSmall(image: RgbImage, size: number): RgbImage<Float32Array> {
  const ratio = f(size / Math.min(image.height, image.width));
  const side = (n: number) => halfToEven(f(n * ratio));
  return resizeBilinear(image, [side(image.height), side(image.width)]);
}

function centre(image: RgbImage<Float32Array>, size: number): RgbImage<Float32Array> {
  return cutOut(image, [Math.floor((image.height - size) / 2), Math.floor((image.width - size) / 2)], [size, size]);
}

function flipLeftRight(data: Float32Array, [height, width]: readonly [number, number]): void {
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width * 3, (y + 1) * width * 3);
    for (let l = 0, r = width - 1; l < r; l++, r--) {
      for (let c = 0; c < 3; c++) {
        const held = row[l * 3 + c]!;
        row[l * 3 + c] = row[r * 3 + c]!;
        row[r * 3 + c] = held;
      }
    }
  }
}
