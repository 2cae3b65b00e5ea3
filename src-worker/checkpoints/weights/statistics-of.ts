import type { TensorStatistics } from '../../../src-shared/contract/weights.ts';

const BINS = 64;

/** What a tensor's numbers are like, in two passes over them, summed in float64. */
export function statisticsOf(name: string, data: Float32Array): TensorStatistics {
  let [nan, infinite, zeros, sum] = [0, 0, 0, 0];
  let [min, max] = [Infinity, -Infinity];
  for (const value of data) {
    if (!Number.isFinite(value)) {
      if (Number.isNaN(value)) nan++;
      else infinite++;
      continue;
    }
    if (value === 0) zeros++;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  const finite = data.length - nan - infinite;
  const counts = { name, count: data.length, nan, infinite, zeros };
  if (finite === 0) return { ...counts, min: null, max: null, mean: null, std: null, bins: [] };
  const mean = sum / finite;
  const bins = Array.from({ length: min === max ? 1 : BINS }, () => 0);
  const scale = min === max ? 0 : BINS / (max - min);
  let squares = 0;
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    squares += (value - mean) ** 2;
    bins[Math.min(bins.length - 1, Math.floor((value - min) * scale))]!++;
  }
  return { ...counts, min, max, mean, std: Math.sqrt(squares / finite), bins };
}
