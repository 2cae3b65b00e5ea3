import type * as tf from '@tensorflow/tfjs-core';
import { dense, type ParamTensors } from './dense.ts';
import type { Dropout } from './dropout.ts';
import { geluOf } from './gelu.ts';

/** The transformer's MLP: dense, GELU, dense, with dropout after each. x [B, N, D] -> [B, N, D]. */
export function mlpBlock(
  params: ParamTensors,
  path: string,
  { x, dropout, gelu }: { x: tf.Tensor; dropout: Dropout; gelu?: 'erf' | undefined },
): tf.Tensor {
  const hidden = dropout(geluOf(gelu)(dense(params, `${path}/Dense_0`, x))); // [B, N, mlpDim]
  return dropout(dense(params, `${path}/Dense_1`, hidden)); // [B, N, D]
}
