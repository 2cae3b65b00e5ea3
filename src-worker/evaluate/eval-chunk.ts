import type { ImageList } from '../../src-shared/contract/worker.ts';
import { evalPlan } from '../../src-shared/data/plan.ts';
import type { PlanChunk } from '../engine/pipeline.ts';

/** A list of images in order, each once, its last batch padded with weight 0. */
export function evalChunk({ paths, labels }: ImageList, batch: number): PlanChunk {
  const items: number[] = [];
  const weights: number[] = [];
  for (const { items: batchItems, mask } of evalPlan(paths.length, batch)) {
    items.push(...batchItems);
    weights.push(...mask);
  }
  return {
    paths: items.map((i) => paths[i]!),
    labels: Int32Array.from(items, (i) => labels[i]!),
    seeds: new Int32Array(2 * items.length),
    weights: Float32Array.from(weights),
  };
}
