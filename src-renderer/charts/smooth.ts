import type { Point } from './spec.ts';

/**
 * An exponential moving average over the points, without the pull of its start (the debiasing of Adam, arXiv:1412.6980):
 * what TensorBoard's smoothing shows.
 * @param weight of what came before, 0 (nothing is smoothed) to below 1
 */
export function smooth(points: readonly Point[], weight: number): Point[] {
  let mean = 0;
  let steps = 0;
  return points.map((point) => {
    if (!Number.isFinite(point.y)) return point;
    steps++;
    mean = weight * mean + (1 - weight) * point.y;
    return { ...point, y: mean / (1 - weight ** steps) };
  });
}
