import { expect, test } from 'vitest';
import { formatBytes, formatCount, formatDuration, formatMillions, formatPercent } from './format.ts';

test('numbers carry their unit and do not jump in width', () => {
  expect(formatCount(51476)).toBe('51,476');
  expect(formatPercent(0.83586)).toBe('83.59');
  expect([0, 999, 1000, 999_600, 1_243_000_000].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.00 kB',
    '1.00 MB',
    '1.24 GB',
  ]);
  expect([950, 5_717_416, 1_200_000_000].map(formatMillions)).toEqual(['950', '5.7 M', '1.20 G']);
  expect([0, 59.6, 3599, 3725, 90_000].map(formatDuration)).toEqual([
    '0 s',
    '1 min 0 s',
    '59 min 59 s',
    '1 h 2 min',
    '1 d 1 h',
  ]);
});
