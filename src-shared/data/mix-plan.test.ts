import { describe, expect, it } from 'vitest';
import { mixes, planMix, type Mix } from './mix-plan.ts';

const SIZE = [32, 48] as const;
const N = 4000;

function plans(alphas: { mixup: number; cutmix: number }, part = 0): Mix[] {
  return Array.from({ length: N }, (_, step) => planMix(alphas, { seed: 9, step, part, imageSize: SIZE }));
}

const area = ({ box: [top, left, bottom, right] }: Mix): number =>
  Math.max(0, bottom - top) * Math.max(0, right - left);

describe('the plan of a mixed batch', () => {
  it('is off where both are 0', () => {
    expect(mixes({ mixup: 0, cutmix: 0 })).toBe(false);
    expect(mixes({ mixup: 0.2, cutmix: 0 })).toBe(true);
  });

  it('follows from seed, step and part alone', () => {
    const at = { seed: 4, step: 17, part: 1, imageSize: SIZE };
    const alphas = { mixup: 0.8, cutmix: 1 };
    expect(planMix(alphas, at)).toEqual(planMix(alphas, { ...at }));
    const others = [{ seed: 5 }, { step: 18 }, { part: 2 }].map((other) => planMix(alphas, { ...at, ...other }));
    expect(new Set([planMix(alphas, at), ...others].map(({ label }) => label)).size).toBe(4);
  });

  it('mixup: an image keeps the larger share, everywhere', () => {
    const all = plans({ mixup: 1, cutmix: 0 });
    for (const { label, outside, inside, box } of all) {
      expect([outside, inside]).toEqual([label, label]);
      expect(label).toBeGreaterThanOrEqual(0.5);
      expect(box).toEqual([0, 0, 0, 0]);
    }
    // Beta(1, 1) folded is uniform from a half to 1: its mean 0.75 and deviation 0.144.
    const mean = all.reduce((sum, { label }) => sum + label, 0) / N;
    expect(Math.abs(mean - 0.75)).toBeLessThan((5 * 0.144) / Math.sqrt(N));
  });

  it('cutmix: the label keeps the share of the pixels that are kept', () => {
    const all = plans({ mixup: 0, cutmix: 1 });
    for (const mix of all) {
      const [top, left, bottom, right] = mix.box;
      expect([mix.outside, mix.inside]).toEqual([1, 0]);
      expect(top >= 0 && left >= 0 && bottom <= SIZE[0] && right <= SIZE[1]).toBe(true);
      expect(mix.label).toBeCloseTo(1 - area(mix) / (SIZE[0] * SIZE[1]), 12);
    }
    // Before the edges cut it the box's area is uniform: mean a half, half of the boxes' centres in each half.
    const mean = all.reduce((sum, mix) => sum + area(mix), 0) / N / (SIZE[0] * SIZE[1]);
    expect(mean).toBeGreaterThan(0.25);
    expect(mean).toBeLessThan(0.5);
  });

  it('both: half of the batches each', () => {
    const cut = plans({ mixup: 0.5, cutmix: 0.5 }).filter(({ outside, inside }) => outside !== inside).length;
    expect(Math.abs(cut - N / 2)).toBeLessThan(5 * Math.sqrt(N / 4));
  });
});
