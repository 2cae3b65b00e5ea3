import type { RandomSource } from './random.ts';

/**
 * A number of the Beta(alpha, alpha) distribution, alpha above 0: of two of Gamma(alpha), the first's share of their
 * sum. Their logarithms are kept, since for a small alpha both may be too small for a float64.
 */
export function drawBeta(random: RandomSource, alpha: number): number {
  const [a, b] = [logGamma(random, alpha), logGamma(random, alpha)];
  return 1 / (1 + Math.exp(b - a));
}

/** The logarithm of a number of Gamma(alpha): Marsaglia and Tsang (ACM TOMS 26, 2000), with their way below 1. */
function logGamma(random: RandomSource, alpha: number): number {
  if (alpha < 1) return logGamma(random, alpha + 1) + Math.log(inside(random)) / alpha;
  const d = alpha - 1 / 3;
  for (;;) {
    const x = drawNormal(random);
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(inside(random)) < x ** 2 / 2 + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}

/** A number of the standard normal distribution (Box and Muller; the second number isn't used). */
export function drawNormal(random: RandomSource): number {
  return Math.sqrt(-2 * Math.log(inside(random))) * Math.cos(2 * Math.PI * inside(random));
}

/** Uniform between 0 and 1, neither of them. */
function inside(random: RandomSource): number {
  return (random.uint32() + 0.5) / 2 ** 32;
}
