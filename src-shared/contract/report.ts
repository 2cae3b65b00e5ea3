import type { ReliabilityBin } from '../metrics/calibration.ts';
import type { Interval } from '../metrics/intervals.ts';
import type { Averages, ClassMetrics } from '../metrics/per-class.ts';
import type { ThresholdRow } from '../metrics/thresholds.ts';
import type { BadImage } from '../data/dataset.ts';
import type { EvaluationRecord } from './evaluation.ts';

/** Raised whenever a field of report.json changes its meaning or goes. */
export const REPORT_SCHEMA_VERSION = 1;

/** A share of images with Wilson's 95 % interval. */
export interface Proportion {
  readonly value: number;
  readonly hits: number;
  readonly n: number;
  readonly interval: Interval;
}

/** A figure with its bootstrap 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly interval: Interval;
}

export interface ReportClass extends ClassMetrics {
  readonly index: number;
  readonly name: string;
}

export interface ConfusedPair {
  readonly truth: number;
  readonly predicted: number;
  readonly count: number;
  /** Share of the true class's images. */
  readonly share: number;
  /** Mean confidence of these images. */
  readonly confidence: number;
  /** Images confused the other way round. */
  readonly reverse: number;
}

/** A wrongly predicted image. */
export interface Mistake {
  readonly image: number;
  readonly name: string;
  readonly truth: number;
  readonly predicted: number;
  /** Probability of the predicted class. */
  readonly confidence: number;
  /** Probability of the label. */
  readonly labelProbability: number;
}

export interface SuspectLabel extends Mistake {
  /** Mean probability the predicted class has on images labelled with it. */
  readonly threshold: number;
}

/** report.json: every number of a report, keys always in this order. */
export interface EvaluationReport {
  readonly schemaVersion: typeof REPORT_SCHEMA_VERSION;
  readonly kind: 'vitrine-evaluation';
  readonly title: string;
  readonly complete: boolean;
  readonly scored: number;
  readonly files: number;
  /** Files left out because they can't be read. */
  readonly skipped: number;
  /** Readable files that were not scored. */
  readonly unscored: number;
  readonly top1: Proportion;
  /** Null with five classes or fewer, where it says nothing. */
  readonly top5: Proportion | null;
  /** Mean negative log-likelihood (softmax cross-entropy), nats. */
  readonly loss: Estimate;
  readonly macroF1: Estimate;
  /** Mean recall of the classes with images. */
  readonly balancedAccuracy: number;
  readonly macro: Averages;
  readonly weighted: Averages;
  readonly cohensKappa: number | null;
  readonly matthewsCorrelation: number | null;
  /** Top-1 over all files if every file not scored were wrong, or right. Equal to top-1 when complete. */
  readonly top1OverAllFiles: Interval;
  readonly baselines: {
    /** Always answering the class with most images. */
    readonly largestClass: { readonly index: number; readonly accuracy: number };
    /** ln C: the loss of giving every class the same probability, nats. */
    readonly uniformLoss: number;
  };
  readonly calibration: {
    /** 15 equal-width bins. */
    readonly ece: number;
    /** At most 15 bins of equal numbers of images. */
    readonly adaptiveEce: number;
    /** Over the equal-width bins. */
    readonly mce: number;
    /** Multi-class, 0 to 2. */
    readonly brier: number;
    readonly meanConfidence: number;
    readonly equalWidthBins: readonly ReliabilityBin[];
    readonly equalMassBins: readonly ReliabilityBin[];
  };
  readonly thresholds: readonly ThresholdRow[];
  readonly classes: readonly ReportClass[];
  readonly confusion: {
    /** Non-empty cells [true class, predicted class, images], by row. */
    readonly cells: readonly (readonly [number, number, number])[];
    /** Off-diagonal, most images first. */
    readonly pairs: readonly ConfusedPair[];
    /** Off-diagonal cells in all. */
    readonly pairsTotal: number;
  };
  readonly mistakes: { readonly total: number; readonly listed: readonly Mistake[] };
  readonly suspectLabels: { readonly total: number; readonly listed: readonly SuspectLabel[] };
  readonly skippedFiles: readonly Pick<BadImage, 'name' | 'reason' | 'code'>[];
  readonly notes: readonly string[];
  readonly method: {
    readonly intervalLevel: 0.95;
    readonly proportionInterval: 'wilson';
    readonly bootstrapResamples: number;
    readonly bootstrapSeed: number;
    readonly calibrationBins: number;
    readonly temperature: null;
    readonly ties: 'lowest class index first';
  };
  readonly checkpoint: EvaluationRecord['checkpoint'];
  readonly dataset: Omit<EvaluationRecord['dataset'], 'bad' | 'classNames'>;
  readonly engine: EvaluationRecord['engine'];
  readonly preprocessing: EvaluationRecord['preprocessing'];
  readonly seed: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly command: string | null;
  readonly evaluatedAt: string | null;
}
