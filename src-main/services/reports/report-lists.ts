import type { EvaluationReport, Mistake } from '../../../src-shared/contract/report.ts';
import { confusedPairs, type ConfusionMatrix } from '../../../src-shared/metrics/confusion.ts';
import { labelIssues } from '../../../src-shared/metrics/label-issues.ts';
import type { Scores } from '../../../src-shared/metrics/scores.ts';

/** Wrongly predicted images listed in a report; predictions.csv has them all. */
export const MAX_MISTAKES = 48;
const MAX_SUSPECTS = 24;
const MAX_PAIRS = 30;

export function confusionPairs(
  matrix: ConfusionMatrix,
  scores: Scores,
): Pick<EvaluationReport['confusion'], 'pairs' | 'pairsTotal'> {
  const all = confusedPairs(matrix);
  const counts = new Map(all.map((pair) => [pair.truth * matrix.numClasses + pair.predicted, pair.count]));
  const confidence = new Map<number, number>();
  for (let i = 0; i < scores.count; i++) {
    const key = scores.labels[i]! * matrix.numClasses + scores.predicted[i]!;
    confidence.set(key, (confidence.get(key) ?? 0) + scores.confidence[i]!);
  }
  const pairs = all.slice(0, MAX_PAIRS).map(({ truth, predicted, count }) => ({
    truth,
    predicted,
    count,
    share: count / matrix.support[truth]!,
    confidence: confidence.get(truth * matrix.numClasses + predicted)! / count,
    reverse: counts.get(predicted * matrix.numClasses + truth) ?? 0,
  }));
  return { pairs, pairsTotal: all.length };
}

/** Most confident first; equal confidences by image. */
export function mistakes(scores: Scores, names: readonly string[]): EvaluationReport['mistakes'] {
  const wrong = Array.from(scores.rank.keys()).filter((i) => scores.rank[i] !== 0);
  wrong.sort((a, b) => scores.confidence[b]! - scores.confidence[a]! || a - b);
  return { total: wrong.length, listed: wrong.slice(0, MAX_MISTAKES).map((i) => mistake(scores, names, i)) };
}

export function suspectLabels(scores: Scores, names: readonly string[]): EvaluationReport['suspectLabels'] {
  const issues = labelIssues(scores);
  return {
    total: issues.length,
    listed: issues
      .slice(0, MAX_SUSPECTS)
      .map(({ image, threshold }) => ({ ...mistake(scores, names, image), threshold })),
  };
}

function mistake(scores: Scores, names: readonly string[], i: number): Mistake {
  return {
    image: i,
    name: names[i]!,
    truth: scores.labels[i]!,
    predicted: scores.predicted[i]!,
    confidence: scores.confidence[i]!,
    labelProbability: scores.labelProbability[i]!,
  };
}
