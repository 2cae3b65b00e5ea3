import type { ConfusionMatrix } from './confusion.ts';
import { wilson, type Interval } from './intervals.ts';

/** Why a class has unknown figures: no image of it was scored; or it was never predicted (precision only). */
export type UnknownReason = 'no_images' | 'never_predicted';

/** Null is unknown, never zero; `reason` says why for every null of the row. */
export interface ClassMetrics {
  readonly support: number;
  readonly predicted: number;
  readonly correct: number;
  readonly precision: number | null;
  readonly recall: number | null;
  /** Wilson, 95 %. */
  readonly recallInterval: Interval | null;
  readonly f1: number | null;
  readonly reason: UnknownReason | null;
}

/**
 * Precision TP/(TP+FP), recall TP/(TP+FN) and F1 2TP/(2TP+FP+FN) of each class.
 * A class without images has none of them: its precision would be 0 whatever the model does.
 */
export function classMetrics(matrix: ConfusionMatrix): ClassMetrics[] {
  return Array.from({ length: matrix.numClasses }, (_, c) => {
    const support = matrix.support[c]!;
    const predicted = matrix.predicted[c]!;
    const correct = matrix.correct[c]!;
    const counts = { support, predicted, correct };
    if (support === 0) {
      return { ...counts, precision: null, recall: null, recallInterval: null, f1: null, reason: 'no_images' };
    }
    return {
      ...counts,
      precision: predicted === 0 ? null : correct / predicted,
      recall: correct / support,
      recallInterval: wilson(correct, support),
      f1: (2 * correct) / (support + predicted),
      reason: predicted === 0 ? 'never_predicted' : null,
    };
  });
}

/** A mean over classes, with the number of classes it is over; null when none has the figure. */
export interface Average {
  readonly value: number | null;
  readonly classes: number;
}

export interface Averages {
  readonly precision: Average;
  readonly recall: Average;
  readonly f1: Average;
}

/** Macro: every class that has the figure weighs the same. Macro recall is balanced accuracy. */
export function macroAverages(classes: readonly ClassMetrics[]): Averages {
  return averages(classes, () => 1);
}

/** Weighted by the number of images. Weighted recall is accuracy. */
export function weightedAverages(classes: readonly ClassMetrics[]): Averages {
  return averages(classes, (c) => c.support);
}

function averages(classes: readonly ClassMetrics[], weight: (c: ClassMetrics) => number): Averages {
  const average = (key: 'precision' | 'recall' | 'f1'): Average => {
    const known = classes.filter((c) => c[key] !== null);
    const total = known.reduce((sum, c) => sum + weight(c), 0);
    const value = known.reduce((sum, c) => sum + weight(c) * c[key]!, 0) / total;
    return { value: known.length === 0 ? null : value, classes: known.length };
  };
  return { precision: average('precision'), recall: average('recall'), f1: average('f1') };
}
