import type { RgbImage } from '../resize-bilinear.ts';

/**
 * Operations on the levels of a picture, which are whole numbers from 0 to 255, as big_vision's autoaugment.py defines
 * them with TensorFlow's ops, float32 by float32, so that the graph gives the same levels. Where that differs from
 * Pillow it is by the rounding of a level.
 */
export type Levels = RgbImage<Float32Array>;

const f = Math.fround;
const cut = (value: number): number => Math.floor(Math.min(255, Math.max(0, value)));

/** Weights of red, green and blue in a grey, from levels to levels: TensorFlow's way through [0, 1] and 255.5. */
export const GREY_WEIGHTS = [0.2989, 0.587, 0.114].map((w) => f((w * 255.5) / 255)) as [number, number, number];

export function mapLevels(image: Levels, of: (level: number, channel: number) => number): Levels {
  return { ...image, data: image.data.map((level, i) => of(level, i % 3)) };
}

/** The whole grey level of each pixel, [H · W]. */
export function greys({ data }: Levels): Float32Array {
  const [r, g, b] = GREY_WEIGHTS;
  return Float32Array.from({ length: data.length / 3 }, (_, i) =>
    cut(f(f(f(data[3 * i]! * r) + f(data[3 * i + 1]! * g)) + f(data[3 * i + 2]! * b))),
  );
}

/** From `base` (factor 0) to the image (factor 1) and beyond. */
function blend(image: Levels, base: (i: number) => number, factor: number): Levels {
  const by = f(factor);
  return { ...image, data: image.data.map((level, i) => cut(f(base(i) + f(by * f(level - base(i)))))) };
}

export const invert = (image: Levels): Levels => mapLevels(image, (level) => 255 - level);

export const posterize = (image: Levels, step: number): Levels =>
  mapLevels(image, (level) => Math.floor(level / step) * step);

export const solarize = (image: Levels, threshold: number): Levels =>
  mapLevels(image, (level) => (level < threshold ? level : 255 - level));

export const solarizeAdd = (image: Levels, addition: number): Levels =>
  mapLevels(image, (level) => (level < 128 ? cut(level + addition) : level));

export const brightness = (image: Levels, factor: number): Levels => blend(image, () => 0, factor);

export function color(image: Levels, factor: number): Levels {
  const grey = greys(image);
  return blend(image, (i) => grey[Math.floor(i / 3)]!, factor);
}

export function contrast(image: Levels, factor: number): Levels {
  const grey = greys(image);
  const mean = Math.floor(grey.reduce((sum, level) => sum + level, 0) / grey.length);
  return blend(image, () => mean, factor);
}

/** Against the picture smoothed by Pillow's kernel of ones round a five; the edge is left as it is. */
export function sharpness(image: Levels, factor: number): Levels {
  const { data, height, width } = image;
  const smooth = data.slice();
  for (let y = 1; y < height - 1; y++) {
    for (let i = (y * width + 1) * 3; i < (y * width + width - 1) * 3; i++) {
      let sum = 4 * data[i]!;
      for (const row of [-width, 0, width]) for (const column of [-1, 0, 1]) sum += data[i + 3 * (row + column)]!;
      smooth[i] = cut(f(sum / 13));
    }
  }
  return blend(image, (i) => smooth[i]!, factor);
}

/** Each colour stretched from its darkest and brightest level to 0 and 255. */
export function autoContrast(image: Levels): Levels {
  const low = [255, 255, 255];
  const high = [0, 0, 0];
  image.data.forEach((level, i) => {
    low[i % 3] = Math.min(low[i % 3]!, level);
    high[i % 3] = Math.max(high[i % 3]!, level);
  });
  return mapLevels(image, (level, c) => {
    if (high[c]! <= low[c]!) return level;
    const scale = f(255 / (high[c]! - low[c]!));
    return cut(f(f(level * scale) + f(-low[c]! * scale)));
  });
}

/** Each colour's levels spread so that they are equally frequent, by Pillow's whole numbers. */
export function equalize(image: Levels): Levels {
  const tables = [0, 1, 2].map((c) => equalizing(image.data, c));
  return mapLevels(image, (level, c) => tables[c]?.[level] ?? level);
}

/** Null: the colour stays as it is. */
function equalizing(data: Float32Array, channel: number): number[] | null {
  const counts = new Array<number>(256).fill(0);
  for (let i = channel; i < data.length; i += 3) counts[data[i]!]!++;
  const last = counts.findLast((count) => count > 0)!;
  const step = Math.floor((data.length / 3 - last) / 255);
  if (step === 0) return null;
  let below = 0;
  return counts.map((count) => {
    const level = below === 0 ? 0 : Math.floor((below + Math.floor(step / 2)) / step);
    below += count;
    return Math.min(255, level);
  });
}
