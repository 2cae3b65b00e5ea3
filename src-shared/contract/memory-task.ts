import type { RunConfig } from '../config/run-config.ts';
import type { Architecture } from '../models/architecture.ts';
import { stepOfRun } from '../models/training-step.ts';
import type { MemoryTask } from './checkpoints.ts';

/** What of a configuration its memory depends on. */
export type SizedConfig = Pick<RunConfig, 'batch' | 'batch_eval' | 'accum_steps' | 'vitrine' | 'model'>;

/**
 * The task whose memory is that of a run. Features of a linear probe are computed as predictions are.
 * @param architecture that is trained: with the data's classes, at the run's resolution
 * @param parts that a batch is computed in
 */
export function memoryTaskOf(
  config: SizedConfig,
  architecture: Architecture,
  parts = Math.max(1, config.accum_steps),
): MemoryTask {
  const { train, trainBlocks, ...step } = stepOfRun(config);
  const probes = train === 'probe';
  return {
    ...step,
    architecture,
    train: probes ? 'head' : train,
    trainBlocks,
    mode: probes ? 'predict' : 'train',
    batch: probes ? config.batch_eval : Math.max(1, Math.floor(config.batch / parts)),
    accumSteps: probes ? 1 : parts,
    devices: probes ? 1 : step.devices,
  };
}
