/** Classes kept for each image, best first. */
const TOP_K = 5;

/** What one pass over the logits yields for every image; every other metric is made from these columns. */
export interface Scores {
  /** N, the number of images. */
  readonly count: number;
  /** C */
  readonly numClasses: number;
  /** Width of the top lists: min(5, C). */
  readonly k: number;
  readonly labels: Int32Array; // [N]
  /** Class with the highest logit; of equal logits, the lowest class index (numpy's and XLA's argmax). */
  readonly predicted: Int32Array; // [N]
  /** Classes ranked before the label: 0 when the prediction is right. */
  readonly rank: Int32Array; // [N]
  /** Softmax probability of the predicted class. */
  readonly confidence: Float64Array; // [N]
  /** Softmax probability of the label. */
  readonly labelProbability: Float64Array; // [N]
  /** Negative log-likelihood of the label, nats. */
  readonly nll: Float64Array; // [N]
  /** Sum over classes of (probability − one-hot)², 0 to 2. */
  readonly brier: Float64Array; // [N]
  readonly topClasses: Int32Array; // [N, k]
  readonly topProbabilities: Float64Array; // [N, k]
}

/**
 * Scores logits [N, C] (row-major) against labels [N]. Log-softmax is computed in float64 from the float32 logits,
 * shifted by the row's maximum.
 *
 * Ties: a class counts as ranked before the label when its logit is strictly greater, or equal with a lower class
 * index. So top-1 agrees with argmax, top-k agrees with a stable descending sort, and a model that gives every class
 * the same logit is not credited with top-k hits it did not earn.
 *
 * Throws RangeError when shapes disagree, a label is outside 0..C-1 or a logit is not finite.
 */
export function scoreImages(labels: Int32Array, logits: Float32Array, numClasses: number): Scores {
  const n = labels.length;
  if (logits.length !== n * numClasses) {
    throw new RangeError(`${logits.length} logits for ${n} labels and ${numClasses} classes`);
  }
  const width = Math.min(TOP_K, numClasses);
  const scores: Scores = {
    count: n,
    numClasses,
    k: width,
    labels,
    predicted: new Int32Array(n),
    rank: new Int32Array(n),
    confidence: new Float64Array(n),
    labelProbability: new Float64Array(n),
    nll: new Float64Array(n),
    brier: new Float64Array(n),
    topClasses: new Int32Array(n * width),
    topProbabilities: new Float64Array(n * width),
  };
  for (let i = 0; i < n; i++) scoreRow(scores, i, logits.subarray(i * numClasses, (i + 1) * numClasses));
  return scores;
}

function scoreRow(scores: Scores, i: number, row: Float32Array): void {
  const label = scores.labels[i]!;
  if (label < 0 || label >= row.length)
    throw new RangeError(`label ${label} of image ${i} is outside 0..${row.length - 1}`);
  const own = row[label]!;
  let best = 0;
  let rank = 0;
  for (let c = 0; c < row.length; c++) {
    const z = row[c]!;
    if (!Number.isFinite(z)) throw new RangeError(`logit ${c} of image ${i} is ${z}`);
    if (z > row[best]!) best = c;
    if (z > own || (z === own && c < label)) rank++;
  }
  const max = row[best]!;
  let sum = 0;
  for (let c = 0; c < row.length; c++) sum += Math.exp(row[c]! - max);
  let squares = 0;
  for (let c = 0; c < row.length; c++) {
    const difference = Math.exp(row[c]! - max) / sum - (c === label ? 1 : 0);
    squares += difference * difference;
  }
  scores.predicted[i] = best;
  scores.rank[i] = rank;
  scores.confidence[i] = 1 / sum;
  scores.labelProbability[i] = Math.exp(own - max) / sum;
  scores.nll[i] = max - own + Math.log(sum);
  scores.brier[i] = squares;
  for (const [j, c] of topClasses(row, scores.k).entries()) {
    scores.topClasses[i * scores.k + j] = c;
    scores.topProbabilities[i * scores.k + j] = Math.exp(row[c]! - max) / sum;
  }
}

/** Indices of the k greatest values, greatest first, the lower index first among equals. */
export function topClasses(row: ArrayLike<number>, k: number): number[] {
  const top: number[] = [];
  for (let c = 0; c < row.length; c++) {
    if (top.length === k && !(row[c]! > row[top[k - 1]!]!)) continue;
    let at = top.length;
    while (at > 0 && row[c]! > row[top[at - 1]!]!) at--;
    top.splice(at, 0, c);
    if (top.length > k) top.pop();
  }
  return top;
}

/** Number of images whose label is among the k best classes. */
export function topKHits(scores: Scores, k: number): number {
  let hits = 0;
  for (const rank of scores.rank) if (rank < k) hits++;
  return hits;
}

/** Mean of a column; NaN when empty. */
export function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
