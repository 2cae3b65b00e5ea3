export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** 97.5 % quantile of the standard normal distribution. */
const Z95 = 1.959963984540054;

/**
 * Wilson's 95 % score interval for `successes` of `n` (E. B. Wilson, JASA 22, 1927). Stays inside 0..1 and keeps its
 * width at 0 and n successes, where the normal approximation collapses. Null for n = 0.
 */
export function wilson(successes: number, n: number): Interval | null {
  if (!(successes >= 0 && successes <= n)) throw new RangeError(`${successes} successes of ${n}`);
  if (n === 0) return null;
  const p = successes / n;
  const z2 = Z95 * Z95;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z95 * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  return {
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === n ? 1 : Math.min(1, centre + half),
  };
}
