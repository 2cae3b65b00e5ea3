import { expect, test } from 'vitest';
import { resolveConfig } from '../../src-shared/config/resolve.ts';
import type { TrainInput } from '../../src-shared/contract/worker.ts';
import { AppError } from '../../src-shared/errors.ts';
import { isOutOfMemory, partsAtStart } from './accumulation.ts';

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

test('a run goes on in the parts it has, begins in those that were found, and has more after memory ran out', () => {
  const overrides = ['batch=12', 'accum_steps=1', 'vitrine.devices=2'];
  const input = { config: resolveConfig({ overrides }).config } as TrainInput;
  expect(partsAtStart(input, null)).toBe(1);
  expect(partsAtStart({ ...input, accumSteps: 3 }, null)).toBe(3);
  expect(partsAtStart({ ...input, accumSteps: 3 }, { accumSteps: 2 })).toBe(2);
  // Four parts of three images would not go evenly to two devices.
  expect(partsAtStart({ ...input, afterOutOfMemory: true }, { accumSteps: 2 })).toBe(6);
  expect(() => partsAtStart({ ...input, afterOutOfMemory: true }, { accumSteps: 6 })).toThrow(
    'Memory ran out with 2 images at a time.',
  );
});
