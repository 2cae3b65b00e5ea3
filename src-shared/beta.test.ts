import { describe, expect, it } from 'vitest';
import { drawBeta } from './beta.ts';
import { randomStream, STREAM } from './random.ts';

describe('Beta(alpha, alpha)', () => {
  it.each([0.2, 0.5, 0.8, 1, 4])('alpha %d: mean, variance and quantiles of 20,000', (alpha) => {
    const n = 20_000;
    const random = randomStream(11, STREAM.mix);
    const values = Array.from({ length: n }, () => drawBeta(random, alpha));
    expect(values.every((v) => v >= 0 && v <= 1)).toBe(true);
    const mean = values.reduce((a, b) => a + b, 0) / n;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    const expected = 1 / (4 * (2 * alpha + 1));
    // Five standard errors; a square's own deviation is at most a quarter.
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(expected / n));
    expect(Math.abs(variance - expected)).toBeLessThan((5 * 0.25) / Math.sqrt(n) / 2);
    // Symmetric; and for alpha 0.5 the arcsine law, for 1 the uniform one.
    const below = (x: number): number => values.filter((v) => v < x).length / n;
    const within = (5 * 0.5) / Math.sqrt(n);
    expect(Math.abs(below(0.1) - (1 - below(0.9)))).toBeLessThan(2 * within);
    if (alpha === 0.5) expect(Math.abs(below(0.1) - (2 / Math.PI) * Math.asin(Math.sqrt(0.1)))).toBeLessThan(within);
    if (alpha === 1) expect(Math.abs(below(0.3) - 0.3)).toBeLessThan(within);
  });

  it('of an alpha near 0 is 0 or 1, never NaN', () => {
    const random = randomStream(3, STREAM.mix);
    const values = Array.from({ length: 200 }, () => drawBeta(random, 1e-7));
    expect(values.every((v) => v < 1e-6 || v > 1 - 1e-6)).toBe(true);
    expect(values.filter((v) => v > 0.5).length).toBeGreaterThan(60);
  });
});
