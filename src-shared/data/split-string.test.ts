import { expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { formatSplit, parseSplit, sliceRange } from './split-string.ts';

// Ranges are those of tfds's ReadInstruction.to_absolute with its default rounding, "closest" (round half to even).
test.each([
  ['train', 3670, 0, 3670],
  ['train[:98%]', 50_000, 0, 49_000],
  ['train[:90%]', 3670, 0, 3303],
  ['train[90%:]', 3670, 3303, 3670],
  ['train[10:20]', 100, 10, 20],
  ['train[-10%:]', 1797, 1617, 1797],
  ['train[:-5%]', 200, 0, 190],
  ['train[-7:]', 20, 13, 20],
  ['train[:1_000]', 1797, 0, 1000],
  ['train[:0%]', 10, 0, 0],
  ['train[:50%]', 5, 0, 2], // 2.5
  ['train[:50%]', 7, 0, 4], // 3.5
  ['train[-50%:]', 5, 3, 5], // -2.5 -> -2
  ['train[:12.5%]', 1000, 0, 125],
  ['train[60:40]', 100, 60, 60],
  // Not tfds's: there, -1% of 10 images is bound 0 and these two are everything and nothing.
  ['train[-1%:]', 10, 10, 10],
  ['train[:-1%]', 10, 0, 10],
])('%s of %d images', (text, total, start, end) => {
  const [part] = parseSplit(text);
  expect(sliceRange(part!, total)).toEqual([start, end]);
  expect(parseSplit(formatSplit([part!]))).toEqual([part]);
});

test('percentages that meet leave out and repeat nothing, whatever the size', () => {
  for (let total = 0; total < 300; total++)
    for (let p = 0; p <= 100; p++) {
      const [, end] = sliceRange(parseSplit(`train[:${p}%]`)[0]!, total);
      const [start, last] = sliceRange(parseSplit(`train[${p}%:]`)[0]!, total);
      expect([start, last]).toEqual([end, total]);
    }
});

test('sums', () => {
  expect(parseSplit('train[:50%] + test')).toEqual([
    { name: 'train', unit: '%', from: null, to: 50 },
    { name: 'test', unit: 'abs', from: null, to: null },
  ]);
});

test.each([
  ['', 'a name is missing'],
  ['train+', 'a name is missing'],
  ['train[', 'not NAME or NAME[FROM:TO]'],
  ['train[10]', 'not [FROM:TO]'],
  ['train[:]', 'has no bounds'],
  ['train[%:]', 'neither a number nor a percentage'],
  ['train[10:50%]', 'mixes percent and images'],
  ['train[:101%]', 'outside'],
  ['train[:2.5]', 'not a whole number of images'],
  ['train[:9O%]', 'neither a number nor a percentage'],
  ['train[1:2:3]', 'not [FROM:TO]'],
])('%j is refused: %s', (text, why) => {
  const error = caught(() => parseSplit(text));
  expect(error.code).toBe('config');
  expect(error.message).toContain(why);
  expect(error.hint).toContain('train[:98%]');
});

test('a slice past the end is refused', () => {
  const error = caught(() => sliceRange(parseSplit('train[:20]')[0]!, 10));
  expect([error.code, error.message]).toEqual(['bad_dataset', 'train[:20] asks for more images than "train" has: 10.']);
});

function caught(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
