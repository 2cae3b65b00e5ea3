import { describe, expect, it } from 'vitest';
import { cohensKappa, matthewsCorrelation } from './agreement.ts';
import { confusedPairs, confusionMatrix } from './confusion.ts';
import { classMetrics, macroAverages, weightedAverages } from './per-class.ts';
import { mean, scoreImages, topKHits } from './scores.ts';
import { equalWidthBins, expectedCalibrationError, maximumCalibrationError } from './calibration.ts';

/**
 * 60 images, 6 classes, logits by formula and exact in float32; class 5 has no images. The expected numbers are those
 * of scikit-learn 1.9.1 and numpy 2.4.6 in float64 (accuracy_score, top_k_accuracy_score, log_loss, confusion_matrix,
 * precision_score, recall_score, f1_score over classes 0..4, balanced_accuracy_score, cohen_kappa_score,
 * matthews_corrcoef); Brier, ECE and MCE from their definitions in numpy.
 */
function formulaPredictions(): { labels: Int32Array; logits: Float32Array } {
  const labels = Int32Array.from({ length: 60 }, (_, i) => (i * i + Math.floor(i / 7)) % 5);
  const logits = new Float32Array(360);
  for (let i = 0; i < 60; i++) {
    for (let c = 0; c < 6; c++) logits[i * 6 + c] = ((i * 37 + c * 101 + i * c * 13) % 97) / 32;
    logits[i * 6 + labels[i]!]! += 1.5;
  }
  return { labels, logits };
}

const { labels, logits } = formulaPredictions();
const scores = scoreImages(labels, logits, 6);
const matrix = confusionMatrix(labels, scores.predicted, 6);

describe('against scikit-learn', () => {
  it('counts the same confusion matrix', () => {
    const dense = Array.from({ length: 6 }, () => new Array<number>(6).fill(0));
    for (const cell of matrix.cells) dense[cell.truth]![cell.predicted] = cell.count;
    expect(dense).toEqual([
      [11, 1, 0, 0, 2, 1],
      [1, 5, 1, 1, 3, 1],
      [0, 1, 9, 2, 0, 1],
      [0, 1, 1, 4, 2, 2],
      [1, 0, 1, 2, 6, 0],
      [0, 0, 0, 0, 0, 0],
    ]);
  });

  it('has the same top-k, loss and Brier score', () => {
    expect(topKHits(scores, 1) / 60).toBeCloseTo(0.5833333333333334, 12);
    expect(topKHits(scores, 2) / 60).toBeCloseTo(0.7, 12);
    expect(topKHits(scores, 5) / 60).toBeCloseTo(0.9833333333333333, 12);
    expect(mean(scores.nll)).toBeCloseTo(1.146548460155967, 12);
    expect(mean(scores.brier)).toBeCloseTo(0.5511306527958829, 12);
  });

  it('has the same per-class figures and averages', () => {
    const classes = classMetrics(matrix);
    const expected = {
      precision: [0.8461538461538461, 0.625, 0.75, 0.4444444444444444, 0.46153846153846156],
      recall: [0.7333333333333333, 0.4166666666666667, 0.6923076923076923, 0.4, 0.6],
      f1: [0.7857142857142857, 0.5, 0.72, 0.42105263157894735, 0.5217391304347826],
    };
    for (const key of ['precision', 'recall', 'f1'] as const) {
      for (const [c, value] of expected[key].entries()) expect(classes[c]![key]).toBeCloseTo(value, 12);
    }
    expect(classes[5]).toMatchObject({
      support: 0,
      predicted: 5,
      precision: null,
      recall: null,
      f1: null,
      reason: 'no_images',
    });
    expect(macroAverages(classes).f1).toEqual({ value: expect.closeTo(0.5897012095456031, 12) as number, classes: 5 });
    expect(macroAverages(classes).recall.value).toBeCloseTo(0.5684615384615385, 12); // balanced accuracy
    expect(weightedAverages(classes).f1.value).toBeCloseTo(0.6095605317641931, 12);
    expect(weightedAverages(classes).recall.value).toBeCloseTo(0.5833333333333334, 12); // accuracy
  });

  it('has the same kappa and Matthews correlation', () => {
    expect(cohensKappa(matrix)).toBeCloseTo(0.4885782475281283, 12);
    expect(matthewsCorrelation(matrix)).toBeCloseTo(0.4933414842576747, 12);
  });

  it('has the same ECE and MCE over 15 equal-width bins', () => {
    const correct = Array.from(scores.rank, (r) => r === 0);
    const bins = equalWidthBins(scores.confidence, correct);
    expect(expectedCalibrationError(bins)).toBeCloseTo(0.23917037531715993, 12);
    expect(maximumCalibrationError(bins)).toBeCloseTo(0.5153040190241946, 12);
  });
});

describe('scoreImages', () => {
  it('ranks equal logits by class index, so top-1 is argmax and a flat model earns no free hits', () => {
    const flat = scoreImages(Int32Array.of(0, 2, 5), new Float32Array(18), 6);
    expect([...flat.predicted]).toEqual([0, 0, 0]);
    expect([...flat.rank]).toEqual([0, 2, 5]);
    expect(topKHits(flat, 1)).toBe(1);
    expect(topKHits(flat, 5)).toBe(2);
    expect([...flat.topClasses.subarray(0, 5)]).toEqual([0, 1, 2, 3, 4]);
  });

  it('gives log C nats for uniform logits and does not overflow on large ones', () => {
    const s = scoreImages(Int32Array.of(1, 0), Float32Array.of(0, 0, 0, 1e4, -1e4, 0), 3);
    expect(s.nll[0]).toBeCloseTo(Math.log(3), 12);
    expect(s.nll[1]).toBe(0);
    expect(s.confidence[1]).toBe(1);
    const wrong = scoreImages(Int32Array.of(1), Float32Array.of(1e4, -1e4, 0), 3);
    expect(wrong.nll[0]).toBe(20000);
    expect(wrong.labelProbability[0]).toBe(0);
    expect(wrong.brier[0]).toBe(2);
  });

  it('sorts the top classes with their probabilities', () => {
    const s = scoreImages(Int32Array.of(3), Float32Array.of(1, 4, 2, 3, 0, -1, 2.5), 7);
    expect([...s.topClasses]).toEqual([1, 3, 6, 2, 0]);
    expect(s.rank[0]).toBe(1);
    expect(s.topProbabilities[0]).toBe(s.confidence[0]);
    expect(s.topProbabilities[1]).toBe(s.labelProbability[0]);
  });

  it('refuses shapes, labels and logits that cannot be scored', () => {
    expect(() => scoreImages(Int32Array.of(0), new Float32Array(5), 6)).toThrow(RangeError);
    expect(() => scoreImages(Int32Array.of(6), new Float32Array(6), 6)).toThrow(/outside/);
    expect(() => scoreImages(Int32Array.of(-1), new Float32Array(6), 6)).toThrow(/outside/);
    expect(() => scoreImages(Int32Array.of(0), Float32Array.of(0, NaN), 2)).toThrow(/NaN/);
  });
});

describe('undefined figures', () => {
  it('has no precision for a class that is never predicted, but a recall of zero', () => {
    const m = confusionMatrix(Int32Array.of(0, 0, 1), Int32Array.of(0, 0, 0), 3);
    const [, never, missing] = classMetrics(m);
    expect(never).toMatchObject({ precision: null, recall: 0, f1: 0, reason: 'never_predicted' });
    expect(missing).toMatchObject({
      precision: null,
      recall: null,
      f1: null,
      recallInterval: null,
      reason: 'no_images',
    });
    expect(macroAverages(classMetrics(m)).precision).toEqual({ value: 2 / 3, classes: 1 });
  });

  it('has neither kappa nor Matthews correlation where chance explains everything', () => {
    const m = confusionMatrix(Int32Array.of(1, 1), Int32Array.of(1, 1), 2);
    expect(cohensKappa(m)).toBeNull();
    expect(matthewsCorrelation(m)).toBeNull();
  });
});

describe('confusedPairs', () => {
  it('puts the most images first, then the larger share of the class', () => {
    // class 0: 4 images, 2 taken for 1; class 2: 2 images, both taken for 1; class 1: right.
    const m = confusionMatrix(Int32Array.of(0, 0, 0, 0, 1, 2, 2), Int32Array.of(0, 0, 1, 1, 1, 1, 1), 3);
    expect(confusedPairs(m)).toEqual([
      { truth: 2, predicted: 1, count: 2 },
      { truth: 0, predicted: 1, count: 2 },
    ]);
    expect(confusedPairs(m, 1)).toHaveLength(1);
  });
});
