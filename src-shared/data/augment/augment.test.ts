import { describe, expect, it } from 'vitest';
import { plainResize } from '../../checkpoints/preprocessing.ts';
import { randomStream, STREAM } from '../../random.ts';
import { prepareTrain } from '../preprocess.ts';
import { NO_AUGMENTATION } from './augment.ts';
import { colorJitter } from './color-jitter.ts';
import { erasedBox, ERASING_DRAWS } from './erasing.ts';

const image = { data: Uint8Array.from({ length: 20 * 30 * 3 }, (_, i) => (i * 37) % 256), height: 20, width: 30 };
const OPTIONS = { cropAreaMin: 0.5, flip: true };
const ALL = { rand_layers: 2, rand_magnitude: 12, color_jitter: 0.4, erasing: 0.5 };
const prepare = (seed: readonly [number, number], augmentation?: typeof ALL): Float32Array =>
  prepareTrain(image, plainResize([16, 16]), { ...OPTIONS, seed, augmentation });

describe('augmentation without TensorFlow', () => {
  it('follows from the seed, is finite, and is nothing where all is off', () => {
    const seeds = Array.from({ length: 40 }, (_, i) => [i, 3 * i] as const);
    const all = seeds.map((seed) => prepare(seed, ALL));
    expect(seeds.map((seed) => prepare(seed, ALL))).toEqual(all);
    expect(new Set(all.map((values) => values.join())).size).toBe(40);
    expect(all.every((values) => values.every(Number.isFinite))).toBe(true);
    for (const seed of seeds) expect(prepare(seed, NO_AUGMENTATION)).toEqual(prepare(seed));
  });

  it('jitter by hand: brightness, then contrast, then saturation', () => {
    const pixel = { data: Float32Array.of(100, 50, 200), height: 1, width: 1 };
    // Order 0; factors 1.2, 1 and 0 of a strength of 1 (from 0 to 2).
    const { data } = colorJitter(pixel, 1, [0, 0.6, 0.5, 0]);
    const grey = 1.2 * (0.2989 * 100 + 0.587 * 50 + 0.114 * 200);
    data.forEach((level) => expect(level).toBeCloseTo(grey, 4));
  });

  it("erases timm's boxes: 2 to 33 % of the image, aspects from 0.3 to 3.3, any place", () => {
    const random = randomStream(8, STREAM.image);
    const size = [200, 160] as const;
    const draws = (): number[] => Array.from({ length: ERASING_DRAWS }, () => random.float());
    const boxes = Array.from({ length: 2000 }, () => erasedBox(size, 0.25, draws())).filter((box) => box !== null);
    expect(Math.abs(boxes.length - 500)).toBeLessThan(5 * Math.sqrt(2000 * 0.25 * 0.75));
    for (const [top, left, h, w] of boxes) {
      const share = (h * w) / (size[0] * size[1]);
      expect(share > 0.018 && share < 0.345).toBe(true);
      expect(h / w > 0.27 && h / w < 3.7).toBe(true);
      expect(top >= 0 && left >= 0 && top + h <= size[0] && left + w <= size[1]).toBe(true);
    }
    const wide = boxes.filter(([, , h, w]) => w > h).length;
    expect(Math.abs(wide / boxes.length - 0.5)).toBeLessThan(0.12); // tall ones fit a little more often
  });
});
