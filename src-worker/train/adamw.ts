import * as tf from '@tensorflow/tfjs-core';
import { adamWith, type AdamOptions } from './adam.ts';
import { mapTensors } from './gradients.ts';
import type { Optimizer } from './optimizer.ts';

export interface AdamWOptions extends AdamOptions {
  weightDecay: number;
  /** Parameters that decay, by name. */
  decays: (name: string) => boolean;
}

/**
 * AdamW (arXiv:1711.05101) by optax's rule: weightDecay · p is added to Adam's update, so that a parameter shrinks by
 * lr · weightDecay of itself an update, whatever its gradient.
 */
export function adamW({ weightDecay, decays, ...options }: AdamWOptions): Optimizer {
  return adamWith(options, (updates, params) =>
    mapTensors(updates, (u, name) => (decays(name) ? tf.add(u, tf.mul(params[name]!, weightDecay)) : u)),
  );
}
