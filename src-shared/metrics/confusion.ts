/** One non-empty cell: `count` images of class `truth` were predicted as class `predicted`. */
export interface ConfusionCell {
  readonly truth: number;
  readonly predicted: number;
  readonly count: number;
}

/**
 * A confusion matrix as its non-empty cells, so that 21,843 classes cost no more than the images scored.
 * Rows are labels, columns are predictions.
 */
export interface ConfusionMatrix {
  readonly numClasses: number;
  readonly total: number;
  /** Non-empty cells by row, then column. */
  readonly cells: readonly ConfusionCell[];
  /** Images a class has: row sums. */
  readonly support: Int32Array; // [C]
  /** Images predicted as a class: column sums. */
  readonly predicted: Int32Array; // [C]
  /** The diagonal. */
  readonly correct: Int32Array; // [C]
}

/** Counts labels [N] against predictions [N]. Throws RangeError for lengths that differ or classes outside 0..C-1. */
export function confusionMatrix(labels: Int32Array, predictions: Int32Array, numClasses: number): ConfusionMatrix {
  if (labels.length !== predictions.length) {
    throw new RangeError(`${labels.length} labels for ${predictions.length} predictions`);
  }
  const counts = new Map<number, number>();
  const support = new Int32Array(numClasses);
  const predicted = new Int32Array(numClasses);
  const correct = new Int32Array(numClasses);
  for (let i = 0; i < labels.length; i++) {
    const t = labels[i]!;
    const p = predictions[i]!;
    if (t < 0 || t >= numClasses || p < 0 || p >= numClasses) {
      throw new RangeError(`image ${i}: label ${t}, prediction ${p}, but classes are 0..${numClasses - 1}`);
    }
    support[t]!++;
    predicted[p]!++;
    if (t === p) correct[t]!++;
    const key = t * numClasses + p;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const cells = [...counts.entries()]
    .sort(([a], [b]) => a - b)
    .map(([key, count]) => ({ truth: Math.floor(key / numClasses), predicted: key % numClasses, count }));
  return { numClasses, total: labels.length, cells, support, predicted, correct };
}

/** Off-diagonal cells, most images first; equal counts by share of the row, then by class index. */
export function confusedPairs(matrix: ConfusionMatrix, limit = Infinity): ConfusionCell[] {
  const share = (cell: ConfusionCell): number => cell.count / matrix.support[cell.truth]!;
  return matrix.cells
    .filter((cell) => cell.truth !== cell.predicted)
    .sort((a, b) => b.count - a.count || share(b) - share(a) || a.truth - b.truth || a.predicted - b.predicted)
    .slice(0, limit === Infinity ? undefined : limit);
}

/**
 * The matrix with classes gathered into `blocks` neighbouring groups: row-major counts [blocks, blocks].
 * With blocks = C it is the dense matrix.
 */
export function blockMatrix(matrix: Pick<ConfusionMatrix, 'numClasses' | 'cells'>, blocks: number): Float64Array {
  const out = new Float64Array(blocks * blocks);
  const perBlock = Math.ceil(matrix.numClasses / blocks);
  for (const { truth, predicted, count } of matrix.cells) {
    out[Math.floor(truth / perBlock) * blocks + Math.floor(predicted / perBlock)]! += count;
  }
  return out;
}
