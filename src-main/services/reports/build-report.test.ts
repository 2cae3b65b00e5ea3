import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src-shared/errors.ts';
import type { EvaluationRecord, Predictions } from '../../../src-shared/contract/evaluation.ts';
import { buildReport } from './build-report.ts';
import { syntheticEvaluation } from './synthetic.fixture.ts';

/** Six images worked by hand: three of class a (one taken for b), two of b (right), one of c (taken for a). */
function byHand(): { record: EvaluationRecord; predictions: Predictions } {
  const { record } = syntheticEvaluation({ numClasses: 3, perClass: 2, className: (c) => 'abc'[c]! });
  const big = Math.log(8); // softmax of (log 8, 0, 0) is 0.8, 0.1, 0.1
  const rows = [
    [big, 0, 0],
    [big, 0, 0],
    [0, big, 0],
    [0, big, 0],
    [0, big, 0],
    [big, 0, 0],
  ];
  return {
    record,
    predictions: {
      names: ['a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'c/1'],
      labels: Int32Array.of(0, 0, 0, 1, 1, 2),
      logits: Float32Array.from(rows.flat()),
    },
  };
}

describe('buildReport, by hand', () => {
  const { record, predictions } = byHand();
  const { report } = buildReport(record, predictions);

  it('has the headline', () => {
    expect(report.top1).toMatchObject({ value: 4 / 6, hits: 4, n: 6 });
    expect(report.top5).toBeNull();
    expect(report.loss.value).toBeCloseTo((-4 * Math.log(0.8) - 2 * Math.log(0.1)) / 6, 6);
    expect(report.balancedAccuracy).toBeCloseTo((2 / 3 + 1 + 0) / 3, 12);
    expect(report.baselines).toEqual({ largestClass: { index: 0, accuracy: 0.5 }, uniformLoss: Math.log(3) });
    expect(report.calibration.ece).toBeCloseTo(0.8 - 4 / 6, 6);
    expect(report.complete).toBe(true);
    expect(report.top1OverAllFiles).toEqual({ low: 4 / 6, high: 4 / 6 });
  });

  it('has the classes, c never predicted', () => {
    expect(report.classes[0]).toMatchObject({ name: 'a', precision: 2 / 3, recall: 2 / 3, support: 3, predicted: 3 });
    expect(report.classes[2]).toMatchObject({ precision: null, recall: 0, f1: 0, reason: 'never_predicted' });
    expect(report.macro.precision).toEqual({ value: 2 / 3, classes: 2 });
  });

  it('lists confusions and mistakes', () => {
    expect(report.confusion.cells).toEqual([
      [0, 0, 2],
      [0, 1, 1],
      [1, 1, 2],
      [2, 0, 1],
    ]);
    expect(report.confusion.pairs.map((p) => [p.truth, p.predicted, p.share])).toEqual([
      [2, 0, 1],
      [0, 1, 1 / 3],
    ]);
    expect(report.mistakes.listed.map((m) => m.name)).toEqual(['a/3', 'c/1']);
  });

  it('keeps the intervals around their figures', () => {
    for (const { value, interval } of [report.top1, report.loss, report.macroF1]) {
      expect(interval.low).toBeLessThanOrEqual(value);
      expect(interval.high).toBeGreaterThanOrEqual(value);
    }
  });
});

describe('a partial evaluation', () => {
  it('is incomplete by title and bounds what all files would give', () => {
    const bad = [{ path: '/x/1.png', name: 'x/1.png', reason: 'the file is empty', code: 'empty' as const }];
    const { record, predictions } = syntheticEvaluation({ numClasses: 4, perClass: 10, bad, unscored: 9 });
    const { report } = buildReport(record, predictions);
    expect(report).toMatchObject({ complete: false, scored: 40, files: 50, skipped: 1, unscored: 9 });
    expect(report.title).toMatch(/^INCOMPLETE: /);
    expect(report.top1OverAllFiles.low).toBeCloseTo(report.top1.hits / 50, 12);
    expect(report.top1OverAllFiles.high).toBeCloseTo((report.top1.hits + 10) / 50, 12);
    expect(report.skippedFiles).toEqual([{ name: 'x/1.png', reason: 'the file is empty', code: 'empty' }]);
  });
});

describe('an evaluation that must not be reported', () => {
  const sound = (): { record: EvaluationRecord; predictions: Predictions } =>
    syntheticEvaluation({ numClasses: 3, perClass: 2 });
  const refusal = (e: { record: EvaluationRecord; predictions: Predictions }): AppError => {
    try {
      buildReport(e.record, e.predictions);
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
    throw new Error('it was accepted');
  };

  it('has logits that are not numbers: the image is named', () => {
    const e = sound();
    e.predictions.logits[4] = NaN;
    expect(refusal(e)).toMatchObject({ code: 'bad_checkpoint', details: { image: 'test/0/0001.png' } });
    e.predictions.logits[4] = -Infinity;
    expect(refusal(e).message).toContain('-Infinity');
  });

  it('scores an image twice, or one that is also skipped', () => {
    const e = sound();
    const names = [...e.predictions.names];
    names[1] = names[0]!;
    expect(refusal({ ...e, predictions: { ...e.predictions, names } }).message).toContain('twice');
  });

  it('scores more than there are files', () => {
    const e = sound();
    expect(refusal({ ...e, record: { ...e.record, dataset: { ...e.record.dataset, files: 5 } } }).code).toBe(
      'internal',
    );
  });

  it('has nothing scored, an unlabelled image, or shapes that disagree', () => {
    const e = sound();
    const none = { names: [], labels: new Int32Array(0), logits: new Float32Array(0) };
    expect(refusal({ ...e, predictions: none }).code).toBe('bad_dataset');
    expect(
      refusal({ ...e, predictions: { ...e.predictions, labels: Int32Array.of(0, 0, 1, 1, 2, -1) } }).message,
    ).toContain('-1');
    expect(refusal({ ...e, predictions: { ...e.predictions, logits: new Float32Array(7) } }).code).toBe('internal');
  });
});
