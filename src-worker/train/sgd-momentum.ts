import * as tf from '@tensorflow/tfjs-core';
import { mapTensors, withPrefix, type NamedTensors } from './gradients.ts';
import type { Optimizer } from './optimizer.ts';

/**
 * vit_jax's momentum. It asks optax for 0.9 with a bfloat16 accumulator, and under jit the constant takes the type of
 * that accumulator: 0.9 rounded to bfloat16. Measured to the last bit of the state in bench/goldens (train/opt_sgd_*).
 */
export const MOMENTUM = 0.8984375;

/** The momentum of a parameter is the state of this name and the parameter's. */
export const TRACE = 'trace/';

/** SGD with momentum as vit_jax runs it; its momentum is kept in bfloat16. */
export const sgd: Optimizer = {
  states: (params) =>
    Object.fromEntries([...params].map(([name, { shape }]) => [TRACE + name, { shape, dtype: 'bfloat16' as const }])),
  update: (params, gradients, { state, lr }) => {
    const trace = mapTensors(params, (_, name) => state[TRACE + name]!);
    const next = sgdMomentum(params, gradients, { trace, lr });
    return { params: next.params, state: withPrefix(next.trace, TRACE) };
  },
};

/**
 * One update of SGD with momentum as vit_jax runs it:
 * `u = g + 0.8984375 · trace; p -= lr · u; trace = bfloat16(u)`. The rounding happens where the trace is stored.
 * @param lr scalar.
 */
function sgdMomentum(
  params: NamedTensors,
  gradients: NamedTensors,
  { trace, lr }: { trace: NamedTensors; lr: tf.Tensor },
): { params: NamedTensors; trace: NamedTensors } {
  const updates = mapTensors(gradients, (g, name) => tf.add(g, tf.mul(trace[name]!, MOMENTUM)));
  const step = tf.neg(lr);
  return { params: mapTensors(params, (p, name) => tf.add(p, tf.mul(updates[name]!, step))), trace: updates };
}
