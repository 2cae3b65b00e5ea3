/**
 * A process of its own that loads the engine the environment names and compares a small computation with known
 * numbers. Prints one line of JSON (EngineSelftest) and exits 0 when all of it agrees, 1 otherwise.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { EngineSelftest } from '../../src-shared/contract/engine.ts';
import { AppError } from '../../src-shared/errors.ts';
import { loadEngine } from './runtime.ts';

/** Worked out in float64 apart from TensorFlow: softmax(X W), and the gradient of sum(softmax(X W) ∘ C) for W. */
const X = [0.5, -1, 2, 1.5, 0.25, -0.75]; // [2, 3]
const W = [0.1, -0.2, 0.3, 0.4, -0.5, 0.6]; // [3, 2]
const C = [1, -2, 0.5, 3]; // [2, 2]
const SOFTMAX = softmaxRows(matMul(X, W));
const GRADIENT = gradientOfW();
const TOLERANCE = 1e-5;

async function selftest(): Promise<EngineSelftest> {
  const start = performance.now();
  const { binding: _, ...engine } = await loadEngine();
  const loadMilliseconds = Math.round(performance.now() - start);
  const x = tf.tensor2d(X, [2, 3]);
  const w = tf.tensor2d(W, [3, 2]);
  const c = tf.tensor2d(C, [2, 2]);
  const forward = (weights: tf.Tensor) => tf.softmax(tf.matMul(x, weights as tf.Tensor2D)); // [2, 2]
  const loss = (weights: tf.Tensor) => tf.sum(tf.mul(forward(weights), c)); // []
  const checks = [
    compare('softmax(matMul)', await forward(w).data(), SOFTMAX),
    compare('its gradient', await tf.grad(loss)(w).data(), GRADIENT),
  ];
  return { ok: checks.every((check) => check.pass), engine, loadMilliseconds, checks };
}

function compare(name: string, got: ArrayLike<number>, expected: number[]) {
  const differences = expected.map((value, i) => Math.abs(value - (got[i] ?? NaN)));
  const largestDifference = Math.max(...differences);
  return { name, largestDifference, tolerance: TOLERANCE, pass: largestDifference <= TOLERANCE };
}

function matMul(a: number[], b: number[]): number[] {
  const out: number[] = [];
  for (let row = 0; row < 2; row++) {
    for (let column = 0; column < 2; column++) {
      let sum = 0;
      for (let k = 0; k < 3; k++) sum += a[row * 3 + k]! * b[k * 2 + column]!;
      out.push(sum);
    }
  }
  return out;
}

function softmaxRows(logits: number[]): number[] {
  return logits.map((value, i) => 1 / (1 + Math.exp(logits[i ^ 1]! - value)));
}

function gradientOfW(): number[] {
  const out: number[] = [];
  for (let k = 0; k < 3; k++) {
    for (let column = 0; column < 2; column++) {
      let sum = 0;
      for (let row = 0; row < 2; row++) {
        const [p, q] = [SOFTMAX[row * 2 + column]!, SOFTMAX[row * 2 + 1 - column]!];
        sum += X[row * 3 + k]! * p * q * (C[row * 2 + column]! - C[row * 2 + 1 - column]!);
      }
      out.push(sum);
    }
  }
  return out;
}

let result: EngineSelftest;
try {
  result = await selftest();
} catch (error) {
  const { code, message, hint } =
    error instanceof AppError ? error : { code: 'internal', message: String(error), hint: undefined };
  result = { ok: false, error: { code, message, hint } };
}
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(result.ok ? 0 : 1));
