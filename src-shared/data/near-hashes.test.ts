import { expect, test } from 'vitest';
import { philox4x32 } from '../random.ts';
import { bitsSet, nearPairs } from './near-hashes.ts';

test.each([0, 1, 3, 4, 7])('the pairs within %i bits are those of comparing all with all, each once', (distance) => {
  const n = 400;
  const high = new Uint32Array(n);
  const low = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    const [a, b, c, d] = philox4x32([i, 0, 0, 0], [1, 2]);
    // Every other one is an earlier one with a few bits turned.
    const of = i % 2 === 0 ? -1 : c % i;
    high[i] = of < 0 ? a : high[of]! ^ (1 << (a & 31)) ^ (1 << (d & 31));
    low[i] = of < 0 ? b : low[of]! ^ (b & 0x80000001);
  }
  const expected: string[] = [];
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++)
      if (bitsSet(high[i]! ^ high[j]!) + bitsSet(low[i]! ^ low[j]!) <= distance) expected.push(`${i} ${j}`);
  const found: string[] = [];
  nearPairs({ high, low }, distance, (i, j) => found.push(`${i} ${j}`));
  expect(found.sort()).toEqual(expected.sort());
  if (distance > 1) expect(found.length).toBeGreaterThan(100);
});

test('bits are counted', () => {
  expect([0, 1, 0xffffffff, 0x80000001, -1].map(bitsSet)).toEqual([0, 1, 32, 2, 32]);
});
