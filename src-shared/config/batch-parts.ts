import { mixes } from '../data/mix-plan.ts';
import type { RunConfig } from './run-config.ts';

/**
 * Numbers of equal parts that the batch of a run can be computed in, the fewest first: no fewer than its configuration
 * says, each part split evenly over its devices, and of two images at least where images of a part are mixed. Parts of
 * a linear probe are features, which know neither.
 */
export function possibleParts({
  batch,
  accum_steps,
  vitrine,
}: Pick<RunConfig, 'batch' | 'accum_steps' | 'vitrine'>): number[] {
  const onFeatures = vitrine.train === 'probe';
  const devices = onFeatures ? 1 : vitrine.devices;
  const least = !onFeatures && mixes(vitrine.aug) ? 2 : 1;
  const parts: number[] = [];
  for (let n = Math.max(1, accum_steps); n <= batch; n++) {
    const images = batch / n;
    if (Number.isInteger(images) && images % devices === 0 && images >= least) parts.push(n);
  }
  return parts;
}

/** At least twice as many of the possible parts, so that half the images are in memory; the most, where there are no more. */
export function moreParts(parts: number, possible: readonly number[]): number | null {
  const more = possible.filter((n) => n > parts);
  return more.find((n) => n >= 2 * parts) ?? more.at(-1) ?? null;
}
