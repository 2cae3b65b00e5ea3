import * as tf from '@tensorflow/tfjs-core';
import { mapTensors, withPrefix, type NamedTensors } from './gradients.ts';
import type { Optimizer } from './optimizer.ts';

/** Names of the state, as optax's ScaleByAdamState has them: running means of gradients and of their squares. */
const MU = 'mu/';
const NU = 'nu/';
/** Updates made. float32, like all that is saved; from 2^24 on it stands still, when b^count has long been 0. */
const COUNT = 'count';

export interface AdamOptions {
  b1: number;
  b2: number;
  /** Added to the root of the squares' mean, outside the root. */
  eps: number;
}

/**
 * Adam (arXiv:1412.6980) by optax's rule: both means are divided by 1 - b^count before use, with the count of this
 * update, from 1 on.
 */
export function adam(options: AdamOptions): Optimizer {
  return adamWith(options, (updates) => updates);
}

/**
 * Adam with something done to its updates before the learning rate is applied.
 * @param adjust what an update becomes, given the parameters
 */
export function adamWith(
  { b1, b2, eps }: AdamOptions,
  adjust: (updates: NamedTensors, params: NamedTensors) => NamedTensors,
): Optimizer {
  return {
    states: (params) => {
      const like = (prefix: string): [string, { shape: readonly number[]; dtype: 'float32' }][] =>
        [...params].map(([name, { shape }]) => [prefix + name, { shape, dtype: 'float32' }]);
      return { ...Object.fromEntries([...like(MU), ...like(NU)]), [COUNT]: { shape: [], dtype: 'float32' } };
    },
    update: (params, gradients, { state, lr }) => {
      const count = tf.add(state[COUNT]!, 1);
      const mu = mapTensors(gradients, (g, name) => mean(state[MU + name]!, g, b1));
      const nu = mapTensors(gradients, (g, name) => mean(state[NU + name]!, tf.square(g), b2));
      const [c1, c2] = [b1, b2].map((b) => tf.sub(1, tf.pow(tf.scalar(b), count)));
      const updates = mapTensors(gradients, (_, name) =>
        tf.div(tf.div(mu[name]!, c1!), tf.add(tf.sqrt(tf.div(nu[name]!, c2!)), eps)),
      );
      const step = tf.neg(lr);
      const adjusted = adjust(updates, params);
      return {
        params: mapTensors(params, (p, name) => tf.add(p, tf.mul(adjusted[name]!, step))),
        state: { ...withPrefix(mu, MU), ...withPrefix(nu, NU), [COUNT]: count },
      };
    },
  };
}

/** The running mean with one value more. */
function mean(before: tf.Tensor, value: tf.Tensor, b: number): tf.Tensor {
  return tf.add(tf.mul(value, 1 - b), tf.mul(before, b));
}
