import type * as tf from '@tensorflow/tfjs-core';
import type { DropPath } from '../layers/drop-path.ts';
import type { Dropout } from '../layers/dropout.ts';
import type { RunBlock } from '../layers/recompute.ts';

export interface ForwardOptions {
  /** Training only; none otherwise. */
  dropout?: { hidden: Dropout; attention: Dropout };
  /** Stochastic depth, in training only. */
  dropPath?: DropPath;
  /** How the blocks of an encoder or mixer run; as they are if not given. */
  runBlock?: RunBlock;
  /**
   * Receives every intermediate by name, in the order they are computed; each model's docstring lists its own. The
   * tensors belong to the caller's tidy.
   */
  onIntermediate?: (name: string, tensor: tf.Tensor) => void;
}

/** A function that tells of each value as it passes. */
export function tapOf({ onIntermediate }: ForwardOptions): <T extends tf.Tensor>(name: string, tensor: T) => T {
  return (name, tensor) => {
    onIntermediate?.(name, tensor);
    return tensor;
  };
}
