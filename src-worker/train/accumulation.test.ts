import { expect, test } from 'vitest';
import { AppError } from '../../src-shared/errors.ts';
import { isOutOfMemory } from './accumulation.ts';

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
