import type { ConfusionMatrix } from './confusion.ts';

/**
 * Cohen's kappa: agreement beyond what the label and prediction frequencies give by chance (Cohen, 1960).
 * 1 is perfect, 0 is chance. Null when chance agreement is certain (one class only).
 */
export function cohensKappa(matrix: ConfusionMatrix): number | null {
  const { n, observed, expected } = agreement(matrix);
  const chance = expected / (n * n);
  return n === 0 || chance === 1 ? null : (observed / n - chance) / (1 - chance);
}

/**
 * Matthews correlation coefficient for many classes (Gorodkin, 2004), -1..1.
 * Null when all labels or all predictions are one class.
 */
export function matthewsCorrelation(matrix: ConfusionMatrix): number | null {
  const { n, observed, expected } = agreement(matrix);
  const squares = (counts: Int32Array): number => counts.reduce((sum, x) => sum + x * x, 0);
  const denominator = Math.sqrt((n * n - squares(matrix.predicted)) * (n * n - squares(matrix.support)));
  return denominator === 0 ? null : (observed * n - expected) / denominator;
}

function agreement(matrix: ConfusionMatrix): { n: number; observed: number; expected: number } {
  let observed = 0;
  let expected = 0;
  for (let c = 0; c < matrix.numClasses; c++) {
    observed += matrix.correct[c]!;
    expected += matrix.support[c]! * matrix.predicted[c]!;
  }
  return { n: matrix.total, observed, expected };
}
