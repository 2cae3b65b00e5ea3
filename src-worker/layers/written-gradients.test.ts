import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { arbitrary } from '../engine/compare-modes.ts';
import { loadEngine } from '../engine/runtime.ts';
import { geluTanh } from './gelu.ts';
import { layerNorm } from './layer-norm.ts';

beforeAll(() => loadEngine());

const ROWS = [5, 7, 24];
const x = (): tf.Tensor => tf.tensor(arbitrary(5 * 7 * 24, 1, 3), ROWS);
const dy = (): tf.Tensor => tf.tensor(arbitrary(5 * 7 * 24, 2), ROWS);

/** Values and gradients of two ways to say the same. */
function compare(
  [written, plain]: readonly [(...x: tf.Tensor[]) => tf.Tensor, (...x: tf.Tensor[]) => tf.Tensor],
  inputs: tf.Tensor[],
): void {
  expect(written(...inputs).dataSync()).toEqual(plain(...inputs).dataSync());
  const slopes = [written, plain].map((f) => tf.grads(f)(inputs, dy()));
  for (const [i] of inputs.entries()) {
    const [mine, theirs] = slopes.map((all) => all[i]!) as [tf.Tensor, tf.Tensor];
    expect(tf.max(tf.abs(theirs)).dataSync()[0]).toBeGreaterThan(0.1);
    expect(tf.max(tf.abs(tf.sub(mine, theirs))).dataSync()[0]).toBeLessThan(1e-5);
  }
}

test('the gradient written for GELU is that of its ops', () => {
  const plain = (x: tf.Tensor): tf.Tensor => {
    const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
  };
  tf.tidy(() => compare([geluTanh, plain], [x()]));
});

test('the gradient written for layer normalisation is that of its ops', () => {
  const plain = (x: tf.Tensor, scale: tf.Tensor, bias: tf.Tensor): tf.Tensor => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-6))), scale), bias);
  };
  const layer = (x: tf.Tensor, scale: tf.Tensor, bias: tf.Tensor): tf.Tensor =>
    layerNorm({ 'norm/scale': scale, 'norm/bias': bias }, 'norm', x);
  tf.tidy(() => compare([layer, plain], [x(), tf.tensor(arbitrary(24, 3)), tf.tensor(arbitrary(24, 4))]));
});
