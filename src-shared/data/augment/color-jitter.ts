import type { Levels } from './level-ops.ts';

/** Uniform numbers that jitter takes: the order, and one each for brightness, contrast and saturation. */
export const JITTER_DRAWS = 4;

/** The orders that the three may come in: 0 brightness, 1 contrast, 2 saturation. */
export const JITTER_ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/** Weights of red, green and blue in torchvision's grey. */
export const JITTER_GREY = [0.2989, 0.587, 0.114] as const;

/** The factors of a strength: uniform between these. */
export function jitterRange(strength: number): [low: number, high: number] {
  return [Math.max(0, 1 - strength), 1 + strength];
}

/**
 * torchvision's ColorJitter of brightness, contrast and saturation, in a random order, on levels that are not rounded:
 * each blends with black, with the mean grey, with the pixel's own grey.
 * @param draws uniform, JITTER_DRAWS of them
 */
export function colorJitter(image: Levels, strength: number, draws: readonly number[]): Levels {
  const [low, high] = jitterRange(strength);
  const factors = draws.slice(1).map((u) => low + u * (high - low));
  const order = JITTER_ORDERS[Math.floor(draws[0]! * JITTER_ORDERS.length)]!;
  return order.reduce<Levels>((levels, step) => STEPS[step](levels, factors[step]!), image);
}

type Step = (image: Levels, factor: number) => Levels;

const STEPS = [
  (image, factor) => blend(image, () => 0, factor),
  (image, factor) => {
    const grey = greys(image);
    const mean = grey.reduce((sum, level) => sum + level, 0) / grey.length;
    return blend(image, () => mean, factor);
  },
  (image, factor) => {
    const grey = greys(image);
    return blend(image, (pixel) => grey[pixel]!, factor);
  },
] as const satisfies readonly Step[];

function greys({ data }: Levels): number[] {
  const [r, g, b] = JITTER_GREY;
  return Array.from(
    { length: data.length / 3 },
    (_, i) => r * data[3 * i]! + g * data[3 * i + 1]! + b * data[3 * i + 2]!,
  );
}

function blend(image: Levels, base: (pixel: number) => number, factor: number): Levels {
  const of = (level: number, i: number): number => factor * level + (1 - factor) * base(Math.floor(i / 3));
  return { ...image, data: image.data.map((level, i) => Math.min(255, Math.max(0, of(level, i)))) };
}
