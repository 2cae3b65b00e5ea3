import { randomFromPair } from '../random.ts';
import { distortedCrop } from './distorted-crop.ts';
import { resizeBilinear, type RgbImage } from './resize-bilinear.ts';

const f = Math.fround;

/** vit_jax's evaluation: resize to `size` whatever the aspect ratio, then (x - 127.5) / 127.5. Returns [h, w, 3] in [-1, 1]. */
export function vitEval(image: RgbImage, size: readonly [number, number]): Float32Array {
  const { data } = resizeBilinear(image, size);
  return toUnitRange(data);
}

export interface TrainOptions {
  size: readonly [number, number];
  /** Two int32 of the plan: what crop and flip are drawn from. */
  seed: readonly [number, number];
  /** Smallest share of the image a crop covers; vit_jax: 0.05. 1 leaves the image whole. */
  cropAreaMin: number;
  /** Mirror half of the images. */
  flip: boolean;
}

/** vit_jax's training augmentation: a distorted crop resized to `size`, mirrored in half of the cases, in [-1, 1]. */
export function vitTrain(image: RgbImage, options: TrainOptions): Float32Array {
  const random = randomFromPair(options.seed);
  const box =
    options.cropAreaMin >= 1
      ? undefined
      : distortedCrop([image.height, image.width], { areaMin: options.cropAreaMin, random });
  const { data } = resizeBilinear(image, options.size, box);
  if (options.flip && random.float() > 0.5) flipLeftRight(data, options.size);
  return toUnitRange(data);
}

/**
 * LiT's: resized (or, with `crop`, resized to the shorter side and cut out of the middle), cut to whole levels, then
 * 2 x / 255 - 1. Returns [size, size, 3] in [-1, 1].
 */
export function litPreprocess(image: RgbImage, size: number, crop = false): Float32Array {
  const { data } = crop ? centralCrop(resizeSmall(image, size), size) : resizeBilinear(image, [size, size]);
  for (let i = 0; i < data.length; i++) data[i] = -1 + f(f(Math.trunc(data[i]!) / 255) * 2);
  return data;
}

function toUnitRange(data: Float32Array): Float32Array {
  for (let i = 0; i < data.length; i++) data[i] = f(data[i]! - 127.5) / 127.5;
  return data;
}

/** Resizes so that the shorter side is `size`, px, keeping the aspect ratio to the nearest pixel (halves to even). */
function resizeSmall(image: RgbImage, size: number): RgbImage<Float32Array> {
  const ratio = f(size / Math.min(image.height, image.width));
  const side = (n: number) => {
    const x = f(n * ratio);
    const floor = Math.floor(x);
    return x - floor > 0.5 || (x - floor === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  };
  return resizeBilinear(image, [side(image.height), side(image.width)]);
}

function centralCrop(image: RgbImage<Float32Array>, size: number): RgbImage<Float32Array> {
  const y = Math.floor((image.height - size) / 2);
  const x = Math.floor((image.width - size) / 2);
  const out = new Float32Array(size * size * 3);
  for (let i = 0; i < size; i++) {
    const from = ((y + i) * image.width + x) * 3;
    out.set(image.data.subarray(from, from + size * 3), i * size * 3);
  }
  return { data: out, height: size, width: size };
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
