import * as tf from '@tensorflow/tfjs-core';
import type { ParamTensors } from './dense.ts';

/** A part of a model: from its parameters and its input to its output, of any shape. */
export type Block = (params: ParamTensors, x: tf.Tensor) => tf.Tensor;

/** Runs a block with the parameters below a path. */
export type RunBlock = (block: Block, params: ParamTensors, at: { path: string; x: tf.Tensor }) => tf.Tensor;

export const runBlock: RunBlock = (block, params, { x }) => block(params, x);

/**
 * Runs blocks so that nothing of their inside is kept for the gradient (arXiv:1604.06174): it is computed again from
 * the block's input when the gradient needs it. Less memory for a forward pass more; the numbers are the same.
 * @param streams counts the random draws of a step; a block draws the same numbers both times.
 */
export function recomputing(streams: { next: number }): RunBlock {
  return (block, params, { path, x }) => {
    const names = Object.keys(params).filter((name) => name.startsWith(`${path}/`));
    const first = streams.next;
    const whole = (tensors: readonly tf.Tensor[]): tf.Tensor =>
      block(Object.fromEntries(names.map((name, i) => [name, tensors[i]!])), tensors[names.length]!);
    const run = tf.customGrad((...args) => {
      const save = args.pop() as unknown as tf.GradSaveFunc;
      const inputs = args as tf.Tensor[];
      save(inputs);
      const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
        const after = streams.next;
        streams.next = first;
        const again = [...saved.slice(0, -1), onceThereIs(dy, saved.at(-1)!)];
        const gradients = gradientsWithin(whole, again, dy);
        streams.next = after;
        return gradients;
      };
      return { value: whole(inputs), gradFunc };
    });
    return run(...names.map((name) => params[name]!), x);
  };
}

/**
 * The same numbers, but as a value that needs `dy` first. Otherwise XLA sees that it has computed all of this already
 * and keeps it. (Its OptimizationBarrier is taken away too early for that on CPUs: neither time nor memory changed.)
 * No simplifier knows that |dy| is never below 0, as NaN isn't either.
 */
function onceThereIs(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const first = tf.reshape(tf.slice(dy, new Array<number>(dy.rank).fill(0), new Array<number>(dy.rank).fill(1)), []);
  return tf.add(x, tf.minimum(tf.abs(first), 0));
}

/**
 * Gradients while gradients are computed: tfjs has one tape for that, lays it aside for nothing, and would lose it.
 */
function gradientsWithin(f: (inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[], dy: tf.Tensor): tf.Tensor[] {
  const { state } = tf.engine();
  const outer = state.activeTape;
  try {
    return tf.grads((...tensors: tf.Tensor[]) => f(tensors))(inputs, dy);
  } finally {
    state.activeTape = outer;
  }
}
