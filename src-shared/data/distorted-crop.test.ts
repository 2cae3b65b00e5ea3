import { describe, expect, it } from 'vitest';
import { randomFromPair } from '../random.ts';
import { distortedCrop } from './distorted-crop.ts';

const draw = (size: [number, number], i: number, areaMin = 0.05) =>
  distortedCrop(size, { areaMin, random: randomFromPair([i, 9]) });

describe('distortedCrop', () => {
  it.each([
    [375, 500],
    [32, 32],
    [200, 40],
    [8, 8],
    [1, 1],
    [1, 300],
    [3, 5],
  ])('stays within a %i × %i image, its area range and its aspect range', (h, w) => {
    for (let i = 0; i < 500; i++) {
      const box = draw([h, w], i);
      expect(box.y >= 0 && box.x >= 0 && box.height >= 1 && box.width >= 1).toBe(true);
      expect(box.y + box.height <= h && box.x + box.width <= w).toBe(true);
      const whole = box.height === h && box.width === w;
      if (whole) continue;
      expect(box.height * box.width).toBeGreaterThanOrEqual(0.05 * h * w);
      // The width is rounded, by half a pixel at most, and the height may be moved by one to fit the area.
      expect(box.width).toBeGreaterThanOrEqual(Math.floor(0.75 * box.height));
      expect(box.width).toBeLessThanOrEqual(Math.ceil(1.33 * box.height));
    }
  });

  it('depends on the seed alone', () => {
    expect(draw([100, 100], 5)).toEqual(draw([100, 100], 5));
    expect(new Set(Array.from({ length: 100 }, (_, i) => JSON.stringify(draw([100, 100], i)))).size).toBeGreaterThan(
      95,
    );
  });

  it('covers the range: heights are uniform between the smallest and the largest', () => {
    const heights = Array.from({ length: 4000 }, (_, i) => draw([1000, 1000], i).height);
    const mean = heights.reduce((a, b) => a + b, 0) / heights.length;
    // For aspect a: uniform from sqrt(0.05 / a) to min(1, 1 / a) of 1000; averaged over a in [0.75, 1.33].
    const steps = Array.from({ length: 1000 }, (_, i) => 0.75 + (0.58 * (i + 0.5)) / 1000);
    const expected = steps.reduce((sum, a) => sum + (Math.sqrt(0.05 / a) + Math.min(1, 1 / a)) / 2, 0);
    expect(Math.abs(mean - expected)).toBeLessThan(15);
    expect(Math.min(...heights)).toBeLessThan(260);
    expect(Math.max(...heights)).toBeGreaterThan(950);
  });

  it('takes the whole image where nothing fits', () => {
    expect(draw([10, 1000], 1, 0.9)).toEqual({ y: 0, x: 0, height: 10, width: 1000 });
  });
});
