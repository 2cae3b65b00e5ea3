import type { RunConfig, TrainedPart } from '../config/run-config.ts';
import { mixes } from '../data/mix-plan.ts';
import type { Architecture } from './architecture.ts';

export type Precision = 'float32' | 'bfloat16';
/** `momentum-bfloat16` is vit_jax's: SGD whose momentum is kept in bfloat16. */
export type Optimizer = 'momentum-bfloat16' | 'momentum' | 'adam';

/** How a step trains, as far as its memory depends on it. */
export interface TrainingStep {
  precision: Precision;
  optimizer: Optimizer;
  /** What learns; the rest has neither gradients nor optimizer state. */
  train: TrainedPart;
  /** Of `train` blocks: how many, from the last. */
  trainBlocks: number;
  /** A running mean of what learns is kept. */
  ema: boolean;
  sharpness: 'none' | 'sam' | 'gsam';
  recompute: boolean;
  /** Equal parts of what is computed together, one a device or one beside the other on one. */
  devices: number;
  /** Which dropout draws masks. */
  dropout: { hidden: boolean; attention: boolean };
  mixing: boolean;
}

/** vit_jax's fine-tuning, without dropout. */
export const PLAIN_STEP: TrainingStep = {
  precision: 'float32',
  optimizer: 'momentum-bfloat16',
  train: 'all',
  trainBlocks: 1,
  ema: false,
  sharpness: 'none',
  recompute: false,
  devices: 1,
  dropout: { hidden: false, attention: false },
  mixing: false,
};

/** The step of a run. */
export function stepOfRun({ vitrine, model }: Pick<RunConfig, 'vitrine' | 'model'>): TrainingStep {
  const rates = 'transformer' in model ? model.transformer : { dropout_rate: 0, attention_dropout_rate: 0 };
  return {
    precision: vitrine.precision,
    optimizer: vitrine.optim.name === 'sgd' ? 'momentum-bfloat16' : 'adam',
    train: vitrine.train,
    trainBlocks: vitrine.train_blocks,
    ema: vitrine.ema > 0,
    sharpness: vitrine.optim.sharpness,
    recompute: vitrine.recompute,
    devices: vitrine.devices,
    dropout: { hidden: rates.dropout_rate > 0, attention: rates.attention_dropout_rate > 0 },
    mixing: mixes(vitrine.aug),
  };
}

/** Blocks that a gradient goes through, from the last. Only where everything learns does it go on below them. */
export function learningBlocks(
  { depth }: Pick<Architecture, 'depth'>,
  { train, trainBlocks }: Pick<TrainingStep, 'train' | 'trainBlocks'>,
): number {
  switch (train) {
    case 'all':
      return depth;
    case 'blocks':
      return Math.min(depth, trainBlocks);
    case 'head':
    case 'probe':
      return 0;
  }
}
