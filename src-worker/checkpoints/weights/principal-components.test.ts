import { expect, test } from 'vitest';
import { randomStream, STREAM } from '../../../src-shared/random.ts';
import { principalComponents } from './principal-components.ts';

const random = randomStream(1, STREAM.image, 0);
const noise = (): number => random.below(2001) / 1000 - 1;

/** n rows about a mean, spread along given directions of length 1 by given amounts, which are the only variance. */
function spread(n: number, p: number, amounts: number[]): { rows: Float32Array; directions: number[][] } {
  // Rows of a Hadamard matrix: orthogonal to each other, and to the mean of all rows.
  const sign = (i: number, j: number): number => (bits(i & j) % 2 === 0 ? 1 : -1);
  const directions = amounts.map((_, a) => Array.from({ length: p }, (_, j) => sign(a + 3, j) / Math.sqrt(p)));
  const rows = new Float32Array(n * p);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < p; j++)
      rows[i * p + j] =
        5 + j / p + amounts.reduce((sum, amount, a) => sum + amount * sign(i, a + 1) * directions[a]![j]!, 0);
  return { rows, directions };
}

function bits(value: number): number {
  return value === 0 ? 0 : (value & 1) + bits(value >> 1);
}

test.each([
  { n: 16, p: 64, by: 'rows' },
  { n: 64, p: 16, by: 'columns' },
])('known directions are found, the largest first, with their shares (fewer $by)', ({ n, p }) => {
  const { rows, directions } = spread(n, p, [1, 4, 2]);
  const { vectors, shares } = principalComponents(rows, { n, p, k: 5 });
  expect(vectors).toHaveLength(3); // what has no variance is no component
  [16 / 21, 4 / 21, 1 / 21].forEach((share, i) => expect(shares[i]).toBeCloseTo(share, 5));
  for (const [i, which] of [1, 2, 0].entries()) {
    const cosine = vectors[i]!.reduce((sum, value, j) => sum + value * directions[which]![j]!, 0);
    expect(Math.abs(cosine)).toBeCloseTo(1, 5);
    const peak = vectors[i]!.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most));
    expect(peak).toBeGreaterThan(0);
  }
});

test('of noise, components are orthonormal and catch at least the variance of any other direction', () => {
  const [n, p, k] = [50, 40, 6];
  const rows = Float32Array.from({ length: n * p }, noise);
  const { vectors, shares } = principalComponents(rows, { n, p, k });
  for (const [i, a] of vectors.entries())
    for (const [j, b] of vectors.entries())
      expect(a.reduce((sum, value, l) => sum + value * b[l]!, 0)).toBeCloseTo(i === j ? 1 : 0, 8);
  expect(shares).toEqual([...shares].sort((a, b) => b - a));
  const mean = Array.from({ length: p }, (_, j) =>
    Array.from({ length: n }, (_, i) => rows[i * p + j]!).reduce((s, v) => s + v / n, 0),
  );
  const varianceAlong = (direction: ArrayLike<number>): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      let along = 0;
      for (let j = 0; j < p; j++) along += (rows[i * p + j]! - mean[j]!) * direction[j]!;
      sum += along ** 2;
    }
    return sum;
  };
  const total = Array.from({ length: p }, (_, j) =>
    varianceAlong(Array.from({ length: p }, (_, l) => (l === j ? 1 : 0))),
  ).reduce((s, v) => s + v);
  vectors.forEach((vector, i) => expect(varianceAlong(vector) / total).toBeCloseTo(shares[i]!, 6));
});

test('rows that are all the same have no components', () => {
  expect(principalComponents(new Float32Array(12).fill(3), { n: 4, p: 3, k: 2 })).toEqual({ vectors: [], shares: [] });
});
