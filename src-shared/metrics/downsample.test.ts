import { describe, expect, test } from 'vitest';
import { randomStream, STREAM } from '../random.ts';
import { downsample } from './downsample.ts';
import type { MetricPoint } from './downsample.ts';

const series = (n: number, at: (i: number) => number | null): MetricPoint[] =>
  Array.from({ length: n }, (_, i) => [i + 1, at(i)] as const);

describe('downsampling a metric', () => {
  test('a short series is left alone', () => {
    const points = series(50, Math.sin);
    expect(downsample(points, 50)).toBe(points);
  });

  test('never more than asked for; first, last, lowest, highest and every lone peak stay; steps rise', () => {
    const random = randomStream(3, STREAM.order, 0);
    for (let trial = 0; trial < 200; trial++) {
      const n = 20 + random.below(20_000);
      const maxPoints = 8 + random.below(1000);
      const peaks = new Set(Array.from({ length: 3 }, () => random.below(n)));
      const points = series(n, (i) => (peaks.has(i) ? 1000 + i : random.below(1000) / 1000));
      const kept = downsample(points, maxPoints);
      expect(kept.length).toBeLessThanOrEqual(maxPoints);
      if (n <= maxPoints) continue;
      expect(kept[0]).toEqual(points[0]);
      expect(kept.at(-1)).toEqual(points.at(-1));
      expect(kept.every(([step], i) => i === 0 || step > kept[i - 1]![0])).toBe(true);
      const values = points.map(([, value]) => value!);
      const keptValues = kept.map(([, value]) => value!);
      expect(Math.min(...keptValues)).toBe(values.reduce((a, b) => Math.min(a, b)));
      expect(Math.max(...keptValues)).toBe(values.reduce((a, b) => Math.max(a, b)));
    }
  });

  test('a peak of one step in ten thousand is seen at every size', () => {
    const points = series(10_000, (i) => (i === 6789 ? -5 : 1));
    for (const maxPoints of [8, 20, 100, 999, 5000]) expect(downsample(points, maxPoints)).toContainEqual([6790, -5]);
  });

  test('a step without a finite number stays as a gap', () => {
    const points = series(10_000, (i) => (i === 5000 ? null : i));
    expect(downsample(points, 30)).toContainEqual([5001, null]);
  });
});
