import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as ops from './level-ops.ts';
import { cutout, transformed } from './place-ops.ts';
import { RAND_OP, randAugment } from './rand-augment.ts';
import {
  cutoutHalf,
  enhanceFactor,
  posterizeStep,
  RAND_OPS,
  solarizeAddition,
  solarizeThreshold,
  transformOf,
} from './rand-arguments.ts';

/** Of ../testdata/make_augment_ops.py. */
const { size, ...made } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../testdata/augment-ops.json'), 'utf8'),
) as { size: [number, number] } & Record<string, string>;
const pillow = (name: string): Float32Array => Float32Array.from(Buffer.from(made[name]!, 'hex'));
const image: ops.Levels = { data: pillow('image'), height: size[0], width: size[1] };

describe('operations against Pillow', () => {
  // TensorFlow cuts where Pillow rounds, weights a grey otherwise and rounds its mean down: by a level or a few.
  it.each<[string, ops.Levels, number]>([
    ['autoContrast', ops.autoContrast(image), 1],
    ['equalize', ops.equalize(image), 0],
    ['invert', ops.invert(image), 0],
    ['posterize 3 bits', ops.posterize(image, 32), 0],
    ['solarize 100', ops.solarize(image, 100), 0],
    ['brightness 1.7', ops.brightness(image, 1.7), 1],
    ['color 0.3', ops.color(image, 0.3), 2],
    ['contrast 1.6', ops.contrast(image, 1.6), 2],
    ['sharpness 1.8', ops.sharpness(image, 1.8), 2],
    ['translateX 7', transformed(image, [1, 0, 7, 0, 1, 0]), 0],
    ['translateY -4', transformed(image, [1, 0, 0, 0, 1, -4]), 0],
  ])('%s', (name, { data }, most) => {
    const expected = pillow(name);
    expect(data.some((level, i) => level !== image.data[i])).toBe(true);
    const differences = data.map((level, i) => Math.abs(level - expected[i]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(most);
  });

  it('a half turn', () => {
    const turn = (magnitude: number): ops.Levels =>
      transformed(image, transformOf('Rotate', magnitude, { size, sign: 1 }));
    expect(turn(60).data).toEqual(pillow('rotate 180')); // six times thirty degrees
  });
});

describe("what a magnitude means: big_vision's table", () => {
  it.each([
    [0, 0.1, 128, 0, 0, 0],
    [5, 1, 64, 128, 55, 20],
    [10, 1.9, 16, 256, 110, 40],
    [15, 2.8, 4, 384, 165, 60],
    [20, 3.7, 1, 512, 220, 80],
    [30, 5.5, 1, 768, 330, 120],
  ])('of %d', (m, factor, step, threshold, addition, half) => {
    expect(enhanceFactor(m)).toBeCloseTo(factor, 12);
    expect([posterizeStep(m), solarizeThreshold(m), solarizeAddition(m)]).toEqual([step, threshold, addition]);
    expect(cutoutHalf(m, [224, 224])).toBe(half);
  });

  it('moves by 100 px of 224 at 10, shears by 0.3, turns by 30 degrees', () => {
    const at = { size: [224, 224], sign: 1 } as const;
    expect(transformOf('TranslateX', 10, at)).toEqual([1, 0, 100, 0, 1, 0]);
    expect(transformOf('TranslateY', 5, { size: [112, 224], sign: -1 })).toEqual([1, 0, 0, 0, 1, -25]);
    expect(transformOf('ShearX', 10, at)).toEqual([1, 0.3, 0, 0, 1, 0]);
    expect(transformOf('ShearY', 10, { ...at, sign: -1 })).toEqual([1, 0, 0, -0.3, 1, 0]);
    const [a, b, x, c, d, y] = transformOf('Rotate', 10, at);
    expect([a, b, c, d].map((v) => v.toFixed(6))).toEqual(['0.866025', '-0.500000', '0.500000', '0.866025']);
    // The middle stays.
    expect(a * 111.5 + b * 111.5 + x).toBeCloseTo(111.5, 9);
    expect(c * 111.5 + d * 111.5 + y).toBeCloseTo(111.5, 9);
  });
});

describe('RandAugment', () => {
  it('cutout greys a square, cut off at the edges', () => {
    const { data } = cutout(image, 3, [0.05, 0.999]); // row 1, the last column
    const grey = [...data.keys()].filter((i) => data[i] !== image.data[i]);
    const rows = new Set(grey.map((i) => Math.floor(i / (size[1] * 3))));
    const columns = new Set(grey.map((i) => Math.floor((i % (size[1] * 3)) / 3)));
    expect([...rows]).toEqual([0, 1, 2, 3]);
    expect([...columns].sort((a, b) => a - b)).toEqual([27, 28, 29, 30]);
    expect(grey.every((i) => data[i] === 128)).toBe(true);
  });

  it('is its layers one after another, on whole levels', () => {
    const [invert, equalize] = [RAND_OPS.indexOf('Invert'), RAND_OPS.indexOf('Equalize')];
    const draws = [(invert + 0.5) / 16, 0, 0, (equalize + 0.5) / 16, 0, 0];
    const expected = RAND_OP.Equalize(RAND_OP.Invert(image));
    expect(randAugment({ ...image, data: image.data.map((level) => level + 0.4) }, 10, draws)).toEqual(expected);
  });

  it('every operation keeps to whole levels from 0 to 255, at any magnitude', () => {
    for (const op of RAND_OPS) {
      for (const magnitude of [0, 7.5, 10, 20, 30]) {
        const { data } = (RAND_OP[op] as (...a: unknown[]) => ops.Levels)(image, magnitude, [0.3, 0.6]);
        expect(
          data.every((v) => Number.isInteger(v) && v >= 0 && v <= 255),
          `${op} ${magnitude}`,
        ).toBe(true);
      }
    }
  });
});
