import { wilson, type Interval } from './intervals.ts';

/** What remains when predictions below a confidence are left to a person. */
export interface ThresholdRow {
  readonly threshold: number;
  /** Images with confidence ≥ threshold. */
  readonly kept: number;
  /** kept / N */
  readonly coverage: number;
  /** Accuracy among the kept images; null when none is kept. */
  readonly accuracy: number | null;
  /** Wilson, 95 %. */
  readonly interval: Interval | null;
}

export function accuracyByThreshold(
  confidence: Float64Array,
  correct: ArrayLike<boolean>,
  thresholds: readonly number[] = [0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99],
): ThresholdRow[] {
  return thresholds.map((threshold) => {
    let kept = 0;
    let right = 0;
    for (const [i, c] of confidence.entries()) {
      if (c < threshold) continue;
      kept++;
      if (correct[i]) right++;
    }
    return {
      threshold,
      kept,
      coverage: kept / confidence.length,
      accuracy: kept === 0 ? null : right / kept,
      interval: wilson(right, kept),
    };
  });
}
