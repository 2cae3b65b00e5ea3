import { expect, test } from 'vitest';
import { alertsOf, rangeLeft } from './health.ts';

const curve = (name: string, values: readonly (number | null)[]) => ({
  name,
  total: values.length,
  points: values.map((value, i): [number, number | null] => [i + 1, value]),
});

test('the time left has the range of the newest speeds, without the odd ones', () => {
  const speeds = [...Array<number>(100).fill(1), ...Array<number>(9).fill(100), 1, ...Array<number>(9).fill(50), 1e6];
  expect(rangeLeft(1000, [curve('img_sec_core_train', speeds)])).toEqual([10, 20]);
  expect(rangeLeft(1000, [curve('img_sec_core_train', [100, null, 0, 90, 80])])).toBeNull();
  expect(rangeLeft(1000, [])).toBeNull();
});

test('numbers that are none, a loss that leaves its best behind, memory that ran out', () => {
  const falling = Array.from({ length: 60 }, (_, i) => 2 - i / 40);
  expect(alertsOf([curve('train_loss', falling)], [])).toEqual([]);
  const entry = { at: '2026-01-01T00:00:00Z', type: 'oom_retry', step: 7, text: null } as const;
  const found = alertsOf(
    [curve('train_loss', [...falling, ...Array<number>(10).fill(3)]), curve('grad_norm', [1, null])],
    [entry],
  );
  expect(found).toEqual([
    expect.stringContaining('grad_norm at step 2'),
    expect.stringMatching(/training loss.*3\.00/),
    expect.stringContaining('step 7'),
  ]);
});
