import type { Scores } from './scores.ts';

/** An image whose label the model contradicts as firmly as it usually affirms the class it predicts. */
export interface LabelIssue {
  readonly image: number;
  /** Mean probability of the predicted class over the images labelled with it: the bar that was passed. */
  readonly threshold: number;
}

/**
 * Likely mislabels by confident learning's rule (Northcutt et al. 2021, arXiv:1911.00068): the predicted class differs
 * from the label, and its probability is at least the mean that class gets on images labelled with it. Candidates to
 * look at, not verdicts. Widest gap between the two probabilities first, then by image.
 */
export function labelIssues(scores: Scores): LabelIssue[] {
  const sum = new Float64Array(scores.numClasses);
  const support = new Int32Array(scores.numClasses);
  for (const [i, label] of scores.labels.entries()) {
    sum[label]! += scores.labelProbability[i]!;
    support[label]!++;
  }
  const issues: LabelIssue[] = [];
  for (let i = 0; i < scores.count; i++) {
    const p = scores.predicted[i]!;
    // A class without images has no usual probability to compare with.
    if (p === scores.labels[i] || support[p] === 0) continue;
    const threshold = sum[p]! / support[p]!;
    if (scores.confidence[i]! >= threshold) issues.push({ image: i, threshold });
  }
  const gap = (issue: LabelIssue): number => scores.confidence[issue.image]! - scores.labelProbability[issue.image]!;
  return issues.sort((a, b) => gap(b) - gap(a) || a.image - b.image);
}
