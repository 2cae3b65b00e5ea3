import type { OptimizerConfig, OptimizerName } from '../../src-shared/config/run-config.ts';
import { adam } from './adam.ts';
import { adamW } from './adamw.ts';
import type { Optimizer } from './optimizer.ts';
import { sgd } from './sgd-momentum.ts';

/** Every optimizer by its name in a configuration. */
export const OPTIMIZERS = {
  sgd: () => sgd,
  adam,
  adamw: (config) => adamW({ ...config, weightDecay: config.weight_decay, decays: DECAYS[config.decay] }),
} satisfies Record<OptimizerName, (config: OptimizerConfig) => Optimizer>;

/** Which parameters weight decay shrinks, by the configuration's word for it. */
const DECAYS: Readonly<Record<OptimizerConfig['decay'], (name: string) => boolean>> = {
  all: () => true,
  kernels: (name) => /(^|\/)kernel$/.test(name),
};

export function optimizerOf(config: OptimizerConfig): Optimizer {
  return OPTIMIZERS[config.name](config);
}
