import type * as tf from '@tensorflow/tfjs-core';
import type { StateSpec, Tensors } from '../engine/program.ts';
import type { NamedTensors } from './gradients.ts';

/** One way of turning gradients into new parameters, in plain tfjs ops, with what it remembers between two updates. */
export interface Optimizer {
  /** Names and shapes of its own state, for parameters of these shapes; zero before the first update. */
  states(params: ReadonlyMap<string, { shape: readonly number[] }>): Record<string, StateSpec>;
  /**
   * One update. `lr` is a scalar; gradients are already clipped.
   * @param state holds `states`, and may hold more
   */
  update(
    params: NamedTensors,
    gradients: NamedTensors,
    given: { state: Tensors; lr: tf.Tensor },
  ): { params: NamedTensors; state: Tensors };
}
