import type { RunConfig } from '../../src-shared/config/run-config.ts';
import { createPlan, epochOrder } from '../../src-shared/data/plan.ts';
import { mixes, planMix, type Mix } from '../../src-shared/data/mix-plan.ts';

/** One image at one place of a run. */
export interface PlacedImage {
  /** Index into the split. */
  item: number;
  seed: readonly [number, number];
}

export interface PlannedDraw extends PlacedImage {
  /** From 1 on. */
  epoch: number;
  step: number;
  /** The image it is mixed with, the one before it in its part of the batch, and how. */
  mix: { with: PlacedImage; by: Mix } | null;
}

interface PreviewOptions {
  config: Pick<RunConfig, 'seed' | 'batch' | 'vitrine'>;
  /** Images computed together. */
  microBatch: number;
  numItems: number;
  imageSize: readonly [number, number];
}

/**
 * Where a run meets the first `count` images of an epoch in that epoch and in those after it: the plan of training
 * itself. [count][draws]
 */
export function planPreview(
  { config, microBatch, numItems, imageSize }: PreviewOptions,
  { count, draws, epoch }: { count: number; draws: number; epoch: number },
): PlannedDraw[][] {
  const { seed, batch, vitrine } = config;
  const plan = createPlan({ seed, numItems });
  const placed = (position: number): PlacedImage => plan.at(position);
  const mixOf = (position: number): PlannedDraw['mix'] => {
    if (!mixes(vitrine.aug)) return null;
    const inBatch = position % batch;
    const part = Math.floor(inBatch / microBatch);
    const first = position - (inBatch % microBatch);
    const before = first + (((inBatch % microBatch) + microBatch - 1) % microBatch);
    const at = { seed, step: Math.floor(position / batch) + 1, part, imageSize };
    return { with: placed(before), by: planMix(vitrine.aug, at) };
  };
  const items = Array.from(epochOrder({ seed, numItems }, epoch - 1).subarray(0, count));
  const rows: PlannedDraw[][] = items.map(() => []);
  for (let e = epoch - 1; e < epoch - 1 + draws; e++) {
    const order = epochOrder({ seed, numItems }, e);
    items.forEach((item, row) => {
      const position = e * numItems + order.indexOf(item);
      const step = Math.floor(position / batch) + 1;
      rows[row]!.push({ ...placed(position), epoch: e + 1, step, mix: mixOf(position) });
    });
  }
  return rows;
}
