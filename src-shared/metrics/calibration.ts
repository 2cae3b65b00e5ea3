import { wilson, type Interval } from './intervals.ts';

/** Bins of both calibration errors unless asked otherwise; Guo et al. 2017 (arXiv:1706.04599) use 15. */
export const CALIBRATION_BINS = 15;

/** Images whose confidence is in (low, high]. Null where the bin is empty. */
export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly correct: number;
  readonly meanConfidence: number | null;
  readonly accuracy: number | null;
  /** Wilson, 95 %, of the accuracy. */
  readonly interval: Interval | null;
}

/** `bins` equal-width bins (low, high] over 0..1; confidence [N] is the predicted class's probability. */
export function equalWidthBins(
  confidence: Float64Array,
  correct: ArrayLike<boolean>,
  bins = CALIBRATION_BINS,
): ReliabilityBin[] {
  const members: number[][] = Array.from({ length: bins }, () => []);
  for (const [i, c] of confidence.entries()) {
    let bin = Math.min(bins - 1, Math.max(0, Math.ceil(c * bins) - 1));
    // c * bins may round across an edge; the edges themselves are k / bins.
    if (bin > 0 && c <= bin / bins) bin--;
    else if (bin < bins - 1 && c > (bin + 1) / bins) bin++;
    members[bin]!.push(i);
  }
  return members.map((m, b) => reliabilityBin(b / bins, (b + 1) / bins, { members: m, confidence, correct }));
}

/**
 * At most `bins` bins of nearly equal numbers of images, by rising confidence. Images of equal confidence stay
 * together, so the order of the images doesn't matter. `low` of a bin is the highest confidence of the bin before it.
 */
export function equalMassBins(
  confidence: Float64Array,
  correct: ArrayLike<boolean>,
  bins = CALIBRATION_BINS,
): ReliabilityBin[] {
  const order = Array.from(confidence.keys()).sort((a, b) => confidence[a]! - confidence[b]! || a - b);
  const result: ReliabilityBin[] = [];
  let start = 0;
  for (let b = 1; b <= bins && start < order.length; b++) {
    let end = Math.max(start + 1, Math.round((b * order.length) / bins));
    while (end < order.length && confidence[order[end]!] === confidence[order[end - 1]!]) end++;
    const low = result.at(-1)?.high ?? 0;
    const high = confidence[order[end - 1]!]!;
    result.push(reliabilityBin(low, high, { members: order.slice(start, end), confidence, correct }));
    start = end;
  }
  return result;
}

function reliabilityBin(
  low: number,
  high: number,
  images: { members: number[]; confidence: Float64Array; correct: ArrayLike<boolean> },
): ReliabilityBin {
  const count = images.members.length;
  const right = images.members.reduce((n, i) => n + (images.correct[i] ? 1 : 0), 0);
  const sum = images.members.reduce((s, i) => s + images.confidence[i]!, 0);
  return {
    low,
    high,
    count,
    correct: right,
    meanConfidence: count === 0 ? null : sum / count,
    accuracy: count === 0 ? null : right / count,
    interval: wilson(right, count),
  };
}

/** Expected calibration error: mean over images of |accuracy − mean confidence| of their bin. NaN without images. */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number {
  const total = bins.reduce((n, bin) => n + bin.count, 0);
  return bins.reduce((sum, bin) => sum + bin.count * gap(bin), 0) / total;
}

/** Maximum calibration error: the largest |accuracy − mean confidence| of a non-empty bin, however few images it has. */
export function maximumCalibrationError(bins: readonly ReliabilityBin[]): number {
  return Math.max(0, ...bins.map(gap));
}

function gap(bin: ReliabilityBin): number {
  return bin.count === 0 ? 0 : Math.abs(bin.accuracy! - bin.meanConfidence!);
}
