import { halfToEven } from '../half-to-even.ts';
import type { RandomSource } from '../../random.ts';
import { drawNormal } from '../../beta.ts';

/** Random erasing as timm does it for DeiT ("pixel", one box): shares of the area, and the aspect's logarithm. */
export const ERASED_AREA = [0.02, 1 / 3] as const;
export const LOG_ASPECT = [Math.log(0.3), Math.log(1 / 0.3)] as const;
export const ERASING_ATTEMPTS = 10;
/** Uniform numbers it takes: whether; area and aspect of each attempt; top and left. */
export const ERASING_DRAWS = 1 + 2 * ERASING_ATTEMPTS + 2;

/** Top, left, height, width, px. */
export type ErasedBox = readonly [number, number, number, number];

/** The box that is erased, or null: the first attempt that is smaller than the image both ways. */
export function erasedBox(
  [height, width]: readonly [number, number],
  probability: number,
  draws: readonly number[],
): ErasedBox | null {
  if (draws[0]! >= probability) return null;
  const between = ([low, high]: readonly [number, number], u: number): number => low + u * (high - low);
  for (let i = 0; i < ERASING_ATTEMPTS; i++) {
    const area = between(ERASED_AREA, draws[1 + 2 * i]!) * height * width;
    const aspect = Math.exp(between(LOG_ASPECT, draws[2 + 2 * i]!));
    const [h, w] = [halfToEven(Math.sqrt(area * aspect)), halfToEven(Math.sqrt(area / aspect))];
    if (h >= height || w >= width) continue;
    const [top, left] = draws.slice(-2) as [number, number];
    return [Math.floor(top * (height - h + 1)), Math.floor(left * (width - w + 1)), h, w];
  }
  return null;
}

/** Fills a box of an image [H, W, 3] with normal noise of deviation 1, in the model's range of values, in place. */
export function erase(
  data: Float32Array,
  { width, box: [top, left, h, w] }: { width: number; box: ErasedBox },
  random: RandomSource,
): void {
  for (let row = top; row < top + h; row++) {
    const from = (row * width + left) * 3;
    for (let i = from; i < from + 3 * w; i++) data[i] = drawNormal(random);
  }
}
