import type { RunConfig } from '../../src-shared/config/run-config.ts';

/** Parts a training batch is computed in; vit_jax takes 0 for one too. */
export function microBatches(config: Pick<RunConfig, 'accum_steps'>): number {
  return Math.max(1, config.accum_steps);
}

/** Images an evaluation during training scores at a time: the configuration's, or all where there are fewer. */
export function evalBatch(config: Pick<RunConfig, 'batch_eval'>, images: number): number {
  return Math.min(config.batch_eval, images);
}
