import { describe, expect, it } from 'vitest';
import { asUciDigit, readMnist } from './mnist-as-uci.ts';

describe('MNIST as UCI would hold it', () => {
  it('reads ten thousand digits', async () => {
    const counts = await Promise.all(Array.from({ length: 10 }, async (_, digit) => (await readMnist(digit)).length));
    expect(counts.reduce((a, b) => a + b)).toBe(10_000);
    expect(Math.min(...counts)).toBeGreaterThan(800);
  });

  it('counts ink in seventeen levels, over the full height', async () => {
    const levels = new Set(Array.from({ length: 17 }, (_, n) => Math.round((n * 255) / 16)));
    for (const digit of [0, 1, 7]) {
      for (const raw of (await readMnist(digit)).slice(0, 50)) {
        const image = asUciDigit(raw);
        expect(image).toHaveLength(64);
        expect([...image].every((value) => levels.has(value))).toBe(true);
        expect(image.subarray(0, 8).some((value) => value > 0)).toBe(true);
        expect(image.subarray(56).some((value) => value > 0)).toBe(true);
      }
    }
  });

  it('shears the slant away', () => {
    // A bar that leans by half a pixel a row becomes upright: every row of the result is the same.
    const leaning = new Float64Array(28 * 28);
    for (let row = 4; row < 24; row++) {
      const from = 10 + (24 - row) / 2;
      for (let column = 0; column < 28; column++) {
        leaning[row * 28 + column] = Math.max(0, Math.min(1, column + 1 - from, from + 4 - column));
      }
    }
    const image = asUciDigit(leaning);
    const rows = Array.from({ length: 8 }, (_, row) => [...image.subarray(row * 8, row * 8 + 8)]);
    for (const row of rows) {
      const centre = row.reduce((sum, value, x) => sum + value * (x + 0.5), 0) / row.reduce((a, b) => a + b);
      expect(Math.abs(centre - 4)).toBeLessThan(0.25);
    }
  });
});
