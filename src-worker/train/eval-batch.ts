import type { RunConfig } from '../../src-shared/config/run-config.ts';

/** Images an evaluation during training scores at a time: the configuration's, or all where there are fewer. */
export function evalBatch(config: Pick<RunConfig, 'batch_eval'>, images: number): number {
  return Math.min(config.batch_eval, images);
}
