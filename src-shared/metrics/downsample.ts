/** A metric's value at a step; null where it was no finite number. */
export type MetricPoint = readonly [step: number, value: number | null];

/**
 * At most about `maxPoints` of a series that keep its shape: the first and the last point, and of each stretch of equal
 * numbers of points the lowest, the highest and one that isn't finite, in order. A peak of one point stays.
 * @param points by step, rising
 * @returns the series itself where it is short enough; never more than maxPoints, which is at least 8
 */
export function downsample(points: readonly MetricPoint[], maxPoints: number): readonly MetricPoint[] {
  if (points.length <= maxPoints) return points;
  const buckets = Math.max(1, Math.floor((Math.max(8, maxPoints) - 2) / 3));
  const inner = points.length - 2;
  const kept: MetricPoint[] = [points[0]!];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = 1 + Math.floor((bucket * inner) / buckets);
    const to = 1 + Math.floor(((bucket + 1) * inner) / buckets);
    for (const index of extremes(points, from, to)) kept.push(points[index]!);
  }
  kept.push(points.at(-1)!);
  return kept;
}

/** Indices in [from, to), rising: of the lowest, the highest and the first that isn't finite. */
function extremes(points: readonly MetricPoint[], from: number, to: number): number[] {
  let lowest = -1;
  let highest = -1;
  let broken = -1;
  for (let i = from; i < to; i++) {
    const value = points[i]![1];
    if (value === null) {
      if (broken < 0) broken = i;
      continue;
    }
    if (lowest < 0 || value < points[lowest]![1]!) lowest = i;
    if (highest < 0 || value > points[highest]![1]!) highest = i;
  }
  return [...new Set([lowest, highest, broken])].filter((i) => i >= 0).sort((a, b) => a - b);
}
