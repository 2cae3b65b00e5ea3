import { expect, test } from 'vitest';
import { moreParts, possibleParts } from './batch-parts.ts';
import { resolveConfig } from './resolve.ts';

const partsFor = (...overrides: string[]): number[] => possibleParts(resolveConfig({ overrides }).config);

test('all of one size, no fewer than the configuration says', () => {
  expect(partsFor('batch=12', 'accum_steps=1')).toEqual([1, 2, 3, 4, 6, 12]);
  expect(partsFor('batch=12', 'accum_steps=0')).toEqual([1, 2, 3, 4, 6, 12]);
  expect(partsFor('batch=12', 'accum_steps=3')).toEqual([3, 4, 6, 12]);
  expect(partsFor('batch=7', 'accum_steps=1')).toEqual([1, 7]);
});

test('each goes evenly to its devices, and has another image to be mixed with', () => {
  expect(partsFor('batch=12', 'accum_steps=1', 'vitrine.devices=2')).toEqual([1, 2, 3, 6]);
  expect(partsFor('batch=12', 'accum_steps=1', 'vitrine.devices=6')).toEqual([1, 2]);
  expect(partsFor('batch=12', 'accum_steps=1', 'vitrine.aug.mixup=0.2')).toEqual([1, 2, 3, 4, 6]);
  const probe = ['batch=12', 'accum_steps=1', 'vitrine.devices=6', 'vitrine.train=probe', 'vitrine.flip=false'];
  expect(partsFor(...probe)).toEqual([1, 2, 3, 4, 6, 12]);
});

test('parts are doubled as far as all have one size', () => {
  const from = (parts: number, batch: number): number | null =>
    moreParts(parts, partsFor(`batch=${batch}`, 'accum_steps=1'));
  expect([from(1, 512), from(8, 512), from(1, 6), from(2, 6)]).toEqual([2, 16, 2, 6]);
  expect([from(1, 9), from(3, 9), from(4, 7 * 4)]).toEqual([3, 9, 14]);
  expect([from(1, 7), from(7, 7), from(1, 1)]).toEqual([7, null, null]);
});

test('where there are not twice as many, the most', () => {
  const mixed = partsFor('batch=12', 'accum_steps=1', 'vitrine.aug.mixup=0.2');
  expect([moreParts(2, mixed), moreParts(4, mixed), moreParts(6, mixed)]).toEqual([4, 6, null]);
  expect(moreParts(2, partsFor('batch=12', 'accum_steps=1', 'vitrine.devices=2'))).toBe(6);
});
