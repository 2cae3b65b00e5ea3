import * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { layerOf } from '../../src-shared/models/trained-params.ts';
import type { NamedTensors } from './gradients.ts';
import type { Optimizer } from './optimizer.ts';

/**
 * A parameter's share of the learning rate by its depth, as BEiT defines layer-wise decay (arXiv:2106.08254):
 * decay^(depth + 1 − layer), so 1 for the head and the final norm, decay for the last block, decay^(depth + 1) for what
 * makes the tokens.
 */
export function rateShare(name: string, architecture: Pick<Architecture, 'depth'>, decay: number): number {
  return decay ** (architecture.depth + 1 - layerOf(name, architecture));
}

/**
 * Any optimizer with layer-wise decay of the learning rate: parameters of one depth are updated together, with their
 * share of it. What is taken by weight decay follows the learning rate, so it shrinks alike.
 */
export function withLayerDecay(
  optimizer: Optimizer,
  decay: number,
  architecture: Pick<Architecture, 'depth'>,
): Optimizer {
  if (decay === 1) return optimizer;
  return {
    states: (params) => optimizer.states(params),
    update: (params, gradients, { state, lr }) => {
      const next = { params: {} as NamedTensors, state: {} as NamedTensors };
      for (const [share, names] of byShare(Object.keys(params), architecture, decay)) {
        const some = (tensors: NamedTensors): NamedTensors =>
          Object.fromEntries(names.map((name) => [name, tensors[name]!]));
        const updated = optimizer.update(some(params), some(gradients), { state, lr: tf.mul(lr, share) });
        Object.assign(next.params, updated.params);
        Object.assign(next.state, updated.state); // a count of updates comes from each alike
      }
      return next;
    },
  };
}

function byShare(
  names: readonly string[],
  architecture: Pick<Architecture, 'depth'>,
  decay: number,
): Map<number, string[]> {
  const groups = new Map<number, string[]>();
  for (const name of names) {
    const share = rateShare(name, architecture, decay);
    groups.set(share, [...(groups.get(share) ?? []), name]);
  }
  return groups;
}
