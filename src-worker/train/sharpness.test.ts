import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { arbitrary, compareModes } from '../engine/compare-modes.ts';
import { createProgram } from '../engine/create-program.ts';
import type { ProgramSpec, TensorData } from '../engine/program.ts';
import { loadEngine } from '../engine/runtime.ts';
import { softmaxCrossEntropy } from './loss.ts';
import { sharpGradients, type Sharpness } from './sharpness.ts';

// Softmax regression: x [B, F] W [F, C] + b [C], with its gradients written out in float64.
const [B, F, C] = [5, 3, 4];
const X = arbitrary(B * F, 1);
const LABELS = [0, 3, 1, 1, 2];
const START: Record<string, Float32Array> = { W: arbitrary(F * C, 2), b: arbitrary(C, 3) };

type Vectors = Record<string, number[]>;

function reference(params: Vectors): { loss: number; gradients: Vectors } {
  const gradients: Vectors = { W: new Array<number>(F * C).fill(0), b: new Array<number>(C).fill(0) };
  let loss = 0;
  for (let i = 0; i < B; i++) {
    const x = Array.from(X.subarray(i * F, (i + 1) * F));
    const logits = params['b']!.map((b, c) => x.reduce((sum, v, f) => sum + v * params['W']![f * C + c]!, b));
    const total = logits.reduce((sum, l) => sum + Math.exp(l), 0);
    loss -= (logits[LABELS[i]!]! - Math.log(total)) / B;
    logits.forEach((l, c) => {
      const error = (Math.exp(l) / total - (c === LABELS[i] ? 1 : 0)) / B;
      gradients['b']![c]! += error;
      x.forEach((v, f) => (gradients['W']![f * C + c]! += error * v));
    });
  }
  return { loss, gradients };
}

const flat = (v: Vectors): number[] => [...v['W']!, ...v['b']!];
const dot = (a: number[], b: number[]): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

/** By the papers' formulas. */
function expected({ kind, rho, alpha, maxRate }: Sharpness, lr: number): { loss: number; gradients: number[] } {
  const start: Vectors = { W: [...START['W']!], b: [...START['b']!] };
  const { loss, gradients } = reference(start);
  const g = flat(gradients);
  const norm = Math.sqrt(dot(g, g));
  const length = kind === 'gsam' ? (rho * lr) / maxRate : rho;
  const worse = flat(start).map((p, i) => p + (length * g[i]!) / norm);
  const robust = flat(reference({ W: worse.slice(0, F * C), b: worse.slice(F * C) }).gradients);
  if (kind === 'sam') return { loss, gradients: robust };
  const share = dot(g, robust) / dot(robust, robust);
  return { loss, gradients: robust.map((r, i) => r - alpha * (g[i]! - share * r)) };
}

function specOf(sharpness: Sharpness): ProgramSpec {
  return {
    name: 'sharp',
    state: { W: { shape: [F, C], dtype: 'float32' }, b: { shape: [C], dtype: 'float32' } },
    methods: {
      gradients: {
        feeds: {
          x: { shape: [B, F], dtype: 'float32' },
          labels: { shape: [B], dtype: 'int32' },
          lr: { shape: [], dtype: 'float32' },
        },
        run: (state, { x, labels, lr }) => {
          const { value, gradients } = sharpGradients(
            ({ W, b }) =>
              softmaxCrossEntropy(tf.add(tf.matMul(x as tf.Tensor2D, W as tf.Tensor2D), b!), tf.oneHot(labels!, C)),
            { W: state['W']!, b: state['b']! },
            { ...sharpness, lr },
          );
          return { outputs: { loss: value, ...gradients } };
        },
      },
    },
  };
}

const LR = 0.02;
const feeds = { x: X, labels: Int32Array.from(LABELS), lr: Float32Array.of(LR) };
const CASES: [string, Sharpness][] = [
  ['SAM', { kind: 'sam', rho: 0.5, alpha: 0.4, maxRate: 0.05 }],
  ['GSAM', { kind: 'gsam', rho: 0.9, alpha: 0.4, maxRate: 0.05 }],
  ['GSAM without ascent', { kind: 'gsam', rho: 0.9, alpha: 0, maxRate: 0.05 }],
];

async function check(mode: 'recorded' | 'eager', engineKind: 'tensorflow' | 'wasm', sharpness: Sharpness) {
  const program = await createProgram(await loadEngine(engineKind), specOf(sharpness), mode);
  await program.writeState(new Map<string, TensorData>(Object.entries(START)));
  const { loss, W, b } = await program.call('gradients', feeds);
  program.dispose();
  const wanted = expected(sharpness, LR);
  expect(loss!.data[0]).toBeCloseTo(wanted.loss, 5);
  [...W!.data, ...b!.data].forEach((value, i) => expect(value).toBeCloseTo(wanted.gradients[i]!, 5));
}

test('the reference is right: its gradients are the slopes of its loss, and the cases differ', () => {
  const params: Vectors = { W: [...START['W']!], b: [...START['b']!] };
  const { gradients } = reference(params);
  for (const [name, values] of Object.entries(params)) {
    values.forEach((value, i) => {
      const at = (v: number): number => reference({ ...params, [name]: values.with(i, v) }).loss;
      expect((at(value + 1e-5) - at(value - 1e-5)) / 2e-5).toBeCloseTo(gradients[name]![i]!, 7);
    });
  }
  const [sam, gsam, less] = CASES.map(([, sharpness]) => expected(sharpness, LR).gradients);
  const apart = (a: number[], b: number[]): number => Math.max(...a.map((v, i) => Math.abs(v - b[i]!)));
  expect(apart(sam!, flat(gradients))).toBeGreaterThan(1e-3);
  expect(apart(sam!, gsam!)).toBeGreaterThan(1e-3);
  expect(apart(gsam!, less!)).toBeGreaterThan(1e-3);
});

test.each(CASES)('%s on WASM', async (_, sharpness) => {
  await check('eager', 'wasm', sharpness);
});

test('without a gradient there is no worse point, and nothing is divided by 0', async () => {
  await loadEngine('wasm');
  tf.tidy(() => {
    const sharpness = { kind: 'gsam', rho: 1, alpha: 1, maxRate: 1 } as const;
    const loss = ({ p }: Record<string, tf.Tensor>): tf.Scalar => tf.mul<tf.Scalar>(tf.sum(p!), 0);
    const { gradients } = sharpGradients(loss, { p: tf.ones([3]) }, { ...sharpness, lr: tf.scalar(1) });
    expect([...gradients['p']!.dataSync()]).toEqual([0, 0, 0]);
  });
});

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('on TensorFlow', () => {
  test.each(CASES)('%s, recorded and op by op', async (_, sharpness) => {
    await check('recorded', 'tensorflow', sharpness);
    const state = new Map<string, TensorData>(Object.entries(START));
    const steps = [feeds, { ...feeds, x: X.map((v) => -v), lr: Float32Array.of(0) }].map((given) => ({
      method: 'gradients',
      feeds: given,
    }));
    const engine = await loadEngine('tensorflow');
    const { differences } = await compareModes(engine, specOf(sharpness), { state, steps });
    for (const [name, difference] of differences) expect(difference, name).toBeLessThan(1e-6);
  });
});
