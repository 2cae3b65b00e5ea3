/** Draws that a number repeats. */
export interface Random {
  /** 0 to n - 1. */
  below(n: number): number;
  pick<T>(items: readonly T[]): T;
}

/** mulberry32: small, and the same everywhere. */
export function randomOf(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b9) | 0;
  function below(n: number): number {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }
  return { below, pick: (items) => items[below(items.length)]! };
}
