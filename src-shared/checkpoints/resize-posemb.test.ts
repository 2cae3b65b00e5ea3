import { describe, expect, it } from 'vitest';
import { resizePosemb } from './resize-posemb.ts';

const square = (from: number, to: number): { from: [number, number]; to: [number, number] } => ({
  from: [from, from],
  to: [to, to],
});

describe('resizePosemb', () => {
  it('interpolates with aligned corners and copies the class token', () => {
    const posemb = new Float32Array([9, 8, /* grid */ 0, 0, 2, 10, 4, 20, 6, 30]); // D = 2
    const out = resizePosemb(posemb, { prefixTokens: 1, ...square(2, 3), width: 2 });
    expect([...out]).toEqual([9, 8, 0, 0, 1, 5, 2, 10, 2, 10, 3, 15, 4, 20, 4, 20, 5, 25, 6, 30]);
  });

  it('keeps the last row and column for every pair of grids', () => {
    // scipy's zoom fills them with zeros for 24 -> 22 and 16 -> 30, among others.
    for (let from = 1; from <= 32; from++) {
      const ones = new Float32Array(from * from).fill(1);
      for (let to = 1; to <= 48; to++) {
        const out = resizePosemb(ones, { prefixTokens: 0, ...square(from, to), width: 1 });
        for (const value of out) if (Math.abs(value - 1) > 1e-6) throw new Error(`${from} to ${to}: ${value}`);
      }
    }
  });

  it('takes grids that are not square', () => {
    const out = resizePosemb(new Float32Array([0, 1, 2, 3]), { prefixTokens: 0, from: [1, 4], to: [2, 7], width: 1 });
    expect([...out]).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 0, 0.5, 1, 1.5, 2, 2.5, 3]);
  });
});
