import { describe, expect, it } from 'vitest';
import { bootstrap, macroF1Of, quantile } from './bootstrap.ts';
import { equalMassBins, equalWidthBins, expectedCalibrationError, maximumCalibrationError } from './calibration.ts';
import { wilson } from './intervals.ts';
import { labelIssues } from './label-issues.ts';
import { scoreImages } from './scores.ts';
import { accuracyByThreshold } from './thresholds.ts';

describe('wilson', () => {
  // statsmodels 0.15.0, proportion_confint(method='wilson').
  it.each([
    [349, 360, 0.9461218598580352, 0.9828541867298024],
    [0, 10, 0, 0.27753279986288926],
    [10, 10, 0.7224672001371106, 1],
    [1, 3, 0.06149194472039626, 0.7923403991979523],
    [50, 100, 0.4038315303659956, 0.5961684696340044],
  ])('%i of %i', (k, n, low, high) => {
    const interval = wilson(k, n)!;
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
  });

  it('is unknown without images and refuses impossible counts', () => {
    expect(wilson(0, 0)).toBeNull();
    expect(() => wilson(3, 2)).toThrow(RangeError);
  });
});

describe('bootstrap', () => {
  const values = Float64Array.from({ length: 200 }, (_, i) => (i * 7919) % 200);
  const meanOf = (indices: Uint32Array): [number] => [indices.reduce((s, i) => s + values[i]!, 0) / indices.length];

  it('is the same for the same seed and differs for another', () => {
    expect(bootstrap(200, meanOf, { seed: 3 })).toEqual(bootstrap(200, meanOf, { seed: 3 }));
    expect(bootstrap(200, meanOf, { seed: 3 })).not.toEqual(bootstrap(200, meanOf, { seed: 4 }));
  });

  it('agrees with the standard error of a mean', () => {
    const [interval] = bootstrap(200, meanOf, { seed: 1, resamples: 4000 });
    const standardError = Math.sqrt((200 ** 2 - 1) / 12 / 200); // of 0..199, drawn with replacement
    expect(interval!.low).toBeCloseTo(99.5 - 1.96 * standardError, 0);
    expect(interval!.high).toBeCloseTo(99.5 + 1.96 * standardError, 0);
  });

  it('computes macro-F1 of a resample over the classes in it', () => {
    const f1 = macroF1Of(Int32Array.of(0, 0, 1, 2), Int32Array.of(0, 1, 1, 2), 3);
    expect(f1(Uint32Array.of(0, 1, 2, 3))).toBeCloseTo((2 / 3 + 2 / 3 + 1) / 3, 12);
    expect(f1(Uint32Array.of(0, 0, 1, 1))).toBeCloseTo(2 / 3, 12); // classes 1 and 2 are not drawn
  });

  it('interpolates quantiles', () => {
    expect(quantile(Float64Array.of(1, 2, 3, 4), 0.5)).toBe(2.5);
    expect(quantile(Float64Array.of(1, 2, 3, 4), 1)).toBe(4);
  });
});

describe('calibration', () => {
  it('matches a hand-worked ECE and MCE', () => {
    // 2 bins: (0, .5] holds .4 right and .5 wrong: |.5 - .45| = .05; (.5, 1] holds .9 right, .8 right: |1 - .85| = .15.
    const confidence = Float64Array.of(0.4, 0.5, 0.9, 0.8);
    const bins = equalWidthBins(confidence, [true, false, true, true], 2);
    expect(bins.map((b) => b.count)).toEqual([2, 2]);
    expect(expectedCalibrationError(bins)).toBeCloseTo(0.1, 12);
    expect(maximumCalibrationError(bins)).toBeCloseTo(0.15, 12);
  });

  it('puts every edge k/15 into the bin below it', () => {
    for (let k = 1; k <= 15; k++) {
      const bins = equalWidthBins(Float64Array.of(k / 15), [true]);
      expect(bins.findIndex((b) => b.count === 1)).toBe(k - 1);
    }
  });

  it('knows nothing of empty bins', () => {
    const [empty] = equalWidthBins(Float64Array.of(0.99), [true]);
    expect(empty).toMatchObject({ count: 0, meanConfidence: null, accuracy: null, interval: null });
  });

  it('shares images evenly in equal-mass bins, whatever their order, and keeps equal confidences together', () => {
    const confidence = Float64Array.from({ length: 40 }, (_, i) => ((i * 17) % 40) / 40 + 0.01);
    const correct = Array.from(confidence, (c) => c > 0.5);
    const bins = equalMassBins(confidence, correct, 8);
    expect(bins.map((b) => b.count)).toEqual(new Array(8).fill(5));
    const reversed = equalMassBins(Float64Array.from(confidence).reverse(), [...correct].reverse(), 8);
    expect(expectedCalibrationError(reversed)).toBeCloseTo(expectedCalibrationError(bins), 12);
    expect(equalMassBins(Float64Array.of(0.7, 0.7, 0.7), [true, true, false], 3).map((b) => b.count)).toEqual([3]);
    expect(equalMassBins(Float64Array.of(0.6, 0.9), [true, false], 15)).toHaveLength(2);
  });
});

describe('accuracyByThreshold', () => {
  it('keeps what reaches the threshold', () => {
    const rows = accuracyByThreshold(Float64Array.of(0.4, 0.9, 0.95), [false, true, false], [0, 0.9, 0.99]);
    expect(rows.map((r) => [r.kept, r.accuracy])).toEqual([
      [3, 1 / 3],
      [2, 0.5],
      [0, null],
    ]);
  });
});

describe('labelIssues', () => {
  it('flags a contradicted label only where the prediction reaches its class mean', () => {
    // Classes 0 and 1; images labelled 1 get logits that put it at 0.88 and 0.12, so its mean is 0.5.
    const logits = Float32Array.of(0, 2, 2, 0, 0, 2, 0, -0.01);
    const scores = scoreImages(Int32Array.of(1, 1, 0, 1), logits, 2);
    // Image 2 is labelled 0 and predicted 1 at 0.88 ≥ mean of class 1. Image 1: predicted 0 at 0.88 ≥ mean of class 0 (0.12).
    const issues = labelIssues(scores);
    expect(issues.map((i) => i.image)).toEqual([1, 2, 3]);
    expect(issues[1]!.threshold).toBeCloseTo((0.8807970779778823 + 0.11920292202211755 + 0.49750002083312506) / 3, 6);
  });

  it('never suggests a class without images', () => {
    expect(labelIssues(scoreImages(Int32Array.of(0), Float32Array.of(0, 5), 2))).toEqual([]);
  });
});
