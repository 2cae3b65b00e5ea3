import type { RunConfig } from '../../src-shared/config/run-config.ts';
import { mixes, planMix } from '../../src-shared/data/mix-plan.ts';
import { keyOf, philox4x32, STREAM } from '../../src-shared/random.ts';
import type { ProgramSpec, TensorData } from '../engine/program.ts';
import { mixFeed } from './mix.ts';

/**
 * What is drawn for one part of one step's batch: the seed of dropout and stochastic depth, and how images are mixed.
 * It follows from the run's seed, the step and the part alone, so a resumed run draws the same.
 */
export function drawnFeeds(
  { pipelines }: ProgramSpec,
  { seed, vitrine }: Pick<RunConfig, 'seed' | 'vitrine'>,
  at: { step: number; part: number },
): Record<string, TensorData> {
  const [a, b] = philox4x32([at.step >>> 0, at.part, STREAM.dropout, 0], keyOf(seed));
  const drawn = { seed: Int32Array.of(a, b) };
  if (!mixes(vitrine.aug)) return drawn;
  const [, height, width] = pipelines!['train']!.outputs['images']!.shape as [number, number, number, number];
  return { ...drawn, mix: mixFeed(planMix(vitrine.aug, { ...at, seed, imageSize: [height, width] })) };
}
