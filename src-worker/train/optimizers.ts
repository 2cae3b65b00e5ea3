import type { OptimizerConfig, OptimizerName } from '../../src-shared/config/run-config.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { adam } from './adam.ts';
import { adamW } from './adamw.ts';
import { withLayerDecay } from './layer-decay.ts';
import type { Optimizer } from './optimizer.ts';
import { sgd } from './sgd-momentum.ts';
import type { Sharpness } from './sharpness.ts';

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

/** @param architecture of the model: its depth matters where the learning rate decays by it. */
export function optimizerOf(config: OptimizerConfig, architecture: Pick<Architecture, 'depth'>): Optimizer {
  return withLayerDecay(OPTIMIZERS[config.name](config), config.layer_decay, architecture);
}

/** What of it is sharpness-aware; undefined: nothing. */
export function sharpnessOf({ sharpness, rho, alpha }: OptimizerConfig, maxRate: number): Sharpness | undefined {
  return sharpness === 'none' ? undefined : { kind: sharpness, rho, alpha, maxRate };
}
