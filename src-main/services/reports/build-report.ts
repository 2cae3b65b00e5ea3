import type { EvaluationRecord, Predictions } from '../../../src-shared/contract/evaluation.ts';
import { REPORT_SCHEMA_VERSION, type EvaluationReport, type Proportion } from '../../../src-shared/contract/report.ts';
import { cohensKappa, matthewsCorrelation } from '../../../src-shared/metrics/agreement.ts';
import { bootstrap, BOOTSTRAP_RESAMPLES, macroF1Of } from '../../../src-shared/metrics/bootstrap.ts';
import {
  CALIBRATION_BINS,
  equalMassBins,
  equalWidthBins,
  expectedCalibrationError,
  maximumCalibrationError,
} from '../../../src-shared/metrics/calibration.ts';
import { confusionMatrix, type ConfusionMatrix } from '../../../src-shared/metrics/confusion.ts';
import { wilson } from '../../../src-shared/metrics/intervals.ts';
import { classMetrics, macroAverages, weightedAverages } from '../../../src-shared/metrics/per-class.ts';
import { mean, scoreImages, topKHits, type Scores } from '../../../src-shared/metrics/scores.ts';
import { accuracyByThreshold } from '../../../src-shared/metrics/thresholds.ts';
import { checkRecord } from './check-record.ts';
import { confusionPairs, mistakes, suspectLabels } from './report-lists.ts';
import { STRINGS } from './strings.ts';

/** A report and the columns it was made from, which the CSV lists image by image. */
export interface BuiltReport {
  report: EvaluationReport;
  scores: Scores;
}

/**
 * All numbers of an evaluation. The same record and predictions give the same report.
 * Throws AppError as `checkRecord` says.
 */
export function buildReport(record: EvaluationRecord, predictions: Predictions): BuiltReport {
  checkRecord(record, predictions);
  const { classNames, bad, files } = record.dataset;
  const scores = scoreImages(predictions.labels, predictions.logits, classNames.length);
  const matrix = confusionMatrix(scores.labels, scores.predicted, classNames.length);
  const classes = classMetrics(matrix);
  const macro = macroAverages(classes);
  const correct = Array.from(scores.rank, (rank) => rank === 0);
  const top1 = proportion(topKHits(scores, 1), scores.count);
  const complete = scores.count === files;
  const report: EvaluationReport = {
    schemaVersion: REPORT_SCHEMA_VERSION,
    kind: 'vitrine-evaluation',
    title: STRINGS.title(record.checkpoint.name, `${record.dataset.name} / ${record.dataset.split}`, complete),
    complete,
    scored: scores.count,
    files,
    skipped: bad.length,
    unscored: files - scores.count - bad.length,
    top1,
    top5: classNames.length > 5 ? proportion(topKHits(scores, 5), scores.count) : null,
    ...bootstrapped(scores, macro.f1.value!, record.seed),
    balancedAccuracy: macro.recall.value!,
    macro,
    weighted: weightedAverages(classes),
    cohensKappa: cohensKappa(matrix),
    matthewsCorrelation: matthewsCorrelation(matrix),
    top1OverAllFiles: { low: top1.hits / files, high: (top1.hits + files - scores.count) / files },
    baselines: baselines(matrix),
    calibration: calibration(scores, correct),
    thresholds: accuracyByThreshold(scores.confidence, correct),
    classes: classes.map((c, index) => ({ index, name: classNames[index]!, ...c })),
    confusion: {
      cells: matrix.cells.map((cell) => [cell.truth, cell.predicted, cell.count] as const),
      ...confusionPairs(matrix, scores),
    },
    mistakes: mistakes(scores, predictions.names),
    suspectLabels: suspectLabels(scores, predictions.names),
    skippedFiles: bad.map(({ name, reason, code }) => ({ name, reason, code })),
    notes: [...record.notes],
    method: {
      intervalLevel: 0.95,
      proportionInterval: 'wilson',
      bootstrapResamples: BOOTSTRAP_RESAMPLES,
      bootstrapSeed: record.seed,
      calibrationBins: CALIBRATION_BINS,
      temperature: null,
      ties: 'lowest class index first',
    },
    ...provenance(record),
  };
  return { report, scores };
}

function proportion(hits: number, n: number): Proportion {
  return { value: hits / n, hits, n, interval: wilson(hits, n)! };
}

function bootstrapped(scores: Scores, macroF1: number, seed: number): Pick<EvaluationReport, 'loss' | 'macroF1'> {
  const f1 = macroF1Of(scores.labels, scores.predicted, scores.numClasses);
  const loss = (indices: Uint32Array): number => {
    let sum = 0;
    for (const i of indices) sum += scores.nll[i]!;
    return sum / indices.length;
  };
  const [lossInterval, f1Interval] = bootstrap(scores.count, (indices) => [loss(indices), f1(indices)], { seed });
  return {
    loss: { value: mean(scores.nll), interval: lossInterval! },
    macroF1: { value: macroF1, interval: f1Interval! },
  };
}

function baselines(matrix: ConfusionMatrix): EvaluationReport['baselines'] {
  let index = 0;
  for (const [c, n] of matrix.support.entries()) if (n > matrix.support[index]!) index = c;
  return {
    largestClass: { index, accuracy: matrix.support[index]! / matrix.total },
    uniformLoss: Math.log(matrix.numClasses),
  };
}

function calibration(scores: Scores, correct: boolean[]): EvaluationReport['calibration'] {
  const width = equalWidthBins(scores.confidence, correct);
  const mass = equalMassBins(scores.confidence, correct);
  return {
    ece: expectedCalibrationError(width),
    adaptiveEce: expectedCalibrationError(mass),
    mce: maximumCalibrationError(width),
    brier: mean(scores.brier),
    meanConfidence: mean(scores.confidence),
    equalWidthBins: width,
    equalMassBins: mass,
  };
}

/** Field by field, so that the order in which a caller built its record doesn't reach the file. */
function provenance(
  record: EvaluationRecord,
): Pick<
  EvaluationReport,
  'checkpoint' | 'dataset' | 'engine' | 'preprocessing' | 'seed' | 'versions' | 'command' | 'evaluatedAt'
> {
  const { checkpoint: c, dataset: d, engine: e, preprocessing: p } = record;
  return {
    checkpoint: {
      path: c.path,
      name: c.name,
      sha256: c.sha256,
      architecture: c.architecture,
      params: c.params,
      ...(c.fingerprint ? { fingerprint: c.fingerprint } : {}),
    },
    dataset: {
      root: d.root,
      name: d.name,
      split: d.split,
      layout: d.layout,
      manifestHash: d.manifestHash,
      contentsHashed: d.contentsHashed,
      files: d.files,
    },
    engine: {
      kind: e.kind,
      version: e.version,
      // Free memory would differ from run to run: only what the device is.
      devices: e.devices.map(({ name, type }) => ({ name, type })),
      threads: { intra: e.threads.intra, inter: e.threads.inter },
      reason: e.reason,
    },
    preprocessing: {
      height: p.height,
      width: p.width,
      resize: p.resize,
      crop: p.crop,
      normalization: p.normalization,
      exif: p.exif,
      exifRotated: p.exifRotated,
    },
    seed: record.seed,
    versions: Object.fromEntries(Object.entries(record.versions).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))),
    command: record.command,
    evaluatedAt: record.evaluatedAt ?? null,
  };
}
