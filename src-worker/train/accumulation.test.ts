import { expect, test } from 'vitest';
import { AppError } from '../../src-shared/errors.ts';
import { isOutOfMemory, moreParts } from './accumulation.ts';

test('parts are doubled as far as all have one size, down to one image', () => {
  expect([moreParts(1, 512), moreParts(8, 512), moreParts(1, 6), moreParts(2, 6)]).toEqual([2, 16, 2, 6]);
  expect([moreParts(1, 9), moreParts(3, 9), moreParts(4, 7 * 4)]).toEqual([3, 9, 14]);
  expect([moreParts(1, 7), moreParts(7, 7), moreParts(1, 1)]).toEqual([7, null, null]);
});

test("a step's lack of memory is told from scoring's, and from other failures", () => {
  const tensorflow = new Error(
    'Session fail to run with error: Out of memory while trying to allocate 2.55GiB.\n\t [[{{node cluster_1_1/xla_run}}]]',
  );
  expect(isOutOfMemory(tensorflow)).toBe(true);
  expect(isOutOfMemory(new AppError('out_of_memory', 'The device ran out of memory.'))).toBe(true);
  expect(isOutOfMemory(new AppError('out_of_memory', 'x', { details: { scoring: true } }))).toBe(false);
  expect(isOutOfMemory(new AppError('bad_dataset', 'Out of memory'))).toBe(false);
  expect(isOutOfMemory(new Error('Session fail to run'))).toBe(false);
});
