import { randomStream } from '../random.ts';
import type { Interval } from './intervals.ts';

export const BOOTSTRAP_RESAMPLES = 1000;

/** 'boot' in ASCII: a stream of its own, so a report never reuses the draws of a split or a run with the same seed. */
const STREAM_BOOTSTRAP = 0x626f6f74;

/**
 * Percentile bootstrap, 95 % (Efron, 1979): images are drawn with replacement, N of N, `resamples` times.
 * `statistics` gets the drawn image indices (the same array every time: read it, don't keep it) and returns its values;
 * the result has one interval for each. The same seed gives the same intervals, in any order of evaluation.
 */
export function bootstrap(
  count: number,
  statistics: (indices: Uint32Array) => readonly number[],
  options: { seed: number; resamples?: number },
): Interval[] {
  const resamples = options.resamples ?? BOOTSTRAP_RESAMPLES;
  const random = sfc32(options.seed);
  const indices = new Uint32Array(count);
  const draws: number[][] = [];
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < count; i++) indices[i] = Math.floor((random() / 0x100000000) * count);
    for (const [s, value] of statistics(indices).entries()) (draws[s] ??= []).push(value);
  }
  return draws.map((values) => {
    const sorted = Float64Array.from(values).sort();
    return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
  });
}

/** Quantile of sorted values by linear interpolation (numpy's default, Hyndman and Fan's type 7). */
export function quantile(sorted: Float64Array, q: number): number {
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}

/**
 * Macro-F1 of a resample, over the classes that have images in it; needs no confusion matrix, so a thousand resamples
 * of 50,000 images take about a second.
 */
export function macroF1Of(
  labels: Int32Array,
  predicted: Int32Array,
  numClasses: number,
): (indices: Uint32Array) => number {
  const support = new Int32Array(numClasses);
  const positives = new Int32Array(numClasses);
  const correct = new Int32Array(numClasses);
  return (indices) => {
    support.fill(0);
    positives.fill(0);
    correct.fill(0);
    for (const i of indices) {
      const t = labels[i]!;
      const p = predicted[i]!;
      support[t]!++;
      positives[p]!++;
      if (t === p) correct[t]!++;
    }
    let sum = 0;
    let classes = 0;
    for (let c = 0; c < numClasses; c++) {
      if (support[c] === 0) continue;
      sum += (2 * correct[c]!) / (support[c]! + positives[c]!);
      classes++;
    }
    return sum / classes;
  };
}

/**
 * sfc32 (C. Doty-Humphrey, PractRand), unsigned 32-bit draws, its state taken from the seed's Philox stream. Fifty
 * million draws go into the bootstrap of 50,000 images: Philox itself would take most of a minute.
 */
function sfc32(seed: number): () => number {
  const source = randomStream(seed, STREAM_BOOTSTRAP);
  let a = source.uint32() | 0;
  let b = source.uint32() | 0;
  let c = source.uint32() | 0;
  let counter = 1;
  return () => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
}
