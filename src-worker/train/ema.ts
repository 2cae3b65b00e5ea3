import * as tf from '@tensorflow/tfjs-core';
import type { StateSpec, Tensors } from '../engine/program.ts';
import { mapTensors, withPrefix, type NamedTensors } from './gradients.ts';

/** The running mean of a parameter is the state of this name and the parameter's. */
export const EMA = 'ema/';
/** Updates that are in the mean. float32, like all that is saved. */
const COUNT = 'ema_count';

export function emaStates(params: ReadonlyMap<string, { shape: readonly number[] }>): Record<string, StateSpec> {
  const means = [...params].map(([name, { shape }]): [string, StateSpec] => [EMA + name, { shape, dtype: 'float32' }]);
  return { ...Object.fromEntries(means), [COUNT]: { shape: [], dtype: 'float32' } };
}

/**
 * The running means after an update: ema = d · ema + (1 − d) · p, with d = min(decay, t / (9 + t)) for t updates averaged
 * before. So the mean begins as the parameters after the first update, and a short run isn't ruled by its beginning:
 * TensorFlow's ExponentialMovingAverage warms up by the same (1 + n) / (10 + n), from n = 0 at the second update on.
 */
export function emaUpdate(params: NamedTensors, state: Tensors, decay: number): Tensors {
  const t = state[COUNT]!;
  const d = tf.minimum(tf.scalar(decay), tf.div(t, tf.add(t, 9)));
  const rest = tf.sub(1, d);
  const means = mapTensors(params, (p, name) => tf.add(tf.mul(state[EMA + name]!, d), tf.mul(p, rest)));
  return { ...withPrefix(means, EMA), [COUNT]: tf.add(t, 1) };
}
