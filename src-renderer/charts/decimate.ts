import type { Point } from './spec.ts';

export interface Stretch {
  /** What is in sight, in the unit of x; what lies outside is left out, but for a neighbour at each end. */
  readonly from: number;
  readonly to: number;
  /** Stretches of which the lowest and the highest point are kept. */
  readonly buckets: number;
}

/**
 * A line that looks the same with fewer points: of each bucket its lowest and its highest, so that no peak is lost. Gaps
 * stay gaps.
 * @param points x ascending
 */
export function decimate(points: readonly Point[], { from, to, buckets }: Stretch): readonly Point[] {
  const first = Math.max(0, placeOf(points, from) - 1);
  const end = Math.min(points.length, placeOf(points, to) + 2);
  if (end - first <= 2 * buckets) return end - first === points.length ? points : points.slice(first, end);
  const begin = points[first]!.x;
  const perBucket = (points[end - 1]!.x - begin) / buckets;
  const kept: Point[] = [points[first]!];
  let low = -1;
  let high = -1;
  let bucket = -1;
  const flush = (): void => {
    if (low < 0) return;
    const [a, b] = low < high ? [low, high] : [high, low];
    if (a > first) kept.push(points[a]!);
    if (b !== a) kept.push(points[b]!);
    low = high = -1;
  };
  for (let i = first; i < end; i++) {
    const { x, y } = points[i]!;
    if (!Number.isFinite(y)) {
      flush();
      kept.push(points[i]!);
      continue;
    }
    const own = Math.floor((x - begin) / perBucket);
    if (own !== bucket) flush();
    bucket = own;
    if (low < 0 || y < points[low]!.y) low = i;
    if (high < 0 || y > points[high]!.y) high = i;
  }
  flush();
  if (kept.at(-1) !== points[end - 1]) kept.push(points[end - 1]!);
  return kept;
}

/** The first point that isn't left of x. */
function placeOf(points: readonly Point[], x: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (points[middle]!.x < x) low = middle + 1;
    else high = middle;
  }
  return low;
}
