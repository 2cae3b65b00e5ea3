import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { resolveConfig } from '../../src-shared/config/resolve.ts';
import type { OptimizerName } from '../../src-shared/config/run-config.ts';
import type { Family } from '../../src-shared/models/architecture.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import { loadEngine } from '../engine/runtime.ts';
import { TINY_MODELS } from '../models/tiny-models.fixture.ts';
import { optimizerOf } from './optimizers.ts';

const CONFIG = { ...resolveConfig({ overrides: [] }).config.vitrine.optim, weight_decay: 0.1 };
const LR = 0.5;
const WITHOUT_GRADIENT = 0;

/** One update of 2 numbers under each name, from nothing; gradients as given. */
function updated(
  optimizer: ReturnType<typeof optimizerOf>,
  names: readonly string[],
  gradient: number,
): Map<string, number[]> {
  const after = new Map<string, number[]>();
  tf.tidy(() => {
    const shapes = new Map(names.map((name) => [name, { shape: [2] }]));
    const params = Object.fromEntries(names.map((name) => [name, tf.tensor1d([2, -4])]));
    const gradients = Object.fromEntries(names.map((name) => [name, tf.tensor1d([gradient, -3 * gradient])]));
    const state = Object.fromEntries(
      Object.entries(optimizer.states(shapes)).map(([name, { shape }]) => [name, tf.zeros([...shape])]),
    );
    const next = optimizer.update(params, gradients, { state, lr: tf.scalar(LR) });
    expect(Object.keys(next.state).sort()).toEqual(Object.keys(state).sort());
    for (const [name, tensor] of Object.entries(next.params)) after.set(name, [...tensor.dataSync()]);
  });
  return after;
}

/** What an update from nothing takes, at a learning rate of 1: gradient 0.5 and -1.5 of the parameters 2 and -4. */
const STEP: Record<OptimizerName, [number, number]> = {
  sgd: [0.5, -1.5],
  adam: [1, -1], // the first update of Adam is the gradient's sign
  adamw: [1 + 0.1 * 2, -1 - 0.1 * 4],
};

beforeAll(async () => void (await loadEngine('wasm')));

test.each(Object.keys(STEP) as OptimizerName[])('%s: a parameter has the share of its depth', (name) => {
  const shares = {
    cls: 0.125,
    'embedding/kernel': 0.125,
    'Transformer/posembed_input/pos_embedding': 0.125,
    'Transformer/encoderblock_0/MlpBlock_0/Dense_0/kernel': 0.25,
    'Transformer/encoderblock_1/MlpBlock_0/Dense_0/kernel': 0.5,
    'Transformer/encoder_norm/scale': 1,
    'head/kernel': 1,
  };
  const optimizer = optimizerOf({ ...CONFIG, name, layer_decay: 0.5 }, { depth: 2 });
  const after = updated(optimizer, Object.keys(shares), 0.5);
  for (const [param, share] of Object.entries(shares)) {
    const [first, second] = after.get(param)!;
    expect(first, param).toBeCloseTo(2 - LR * share * STEP[name][0], 5);
    expect(second, param).toBeCloseTo(-4 - LR * share * STEP[name][1], 5);
  }
});

test('1 is no layer-wise decay: the optimizer itself', () => {
  const plain = optimizerOf({ ...CONFIG, name: 'sgd' }, { depth: 2 });
  expect(plain).toBe(optimizerOf({ ...CONFIG, name: 'sgd', layer_decay: 1 }, { depth: 12 }));
});

describe.each(Object.keys(TINY_MODELS) as Family[])('%s', (family) => {
  const architecture = TINY_MODELS[family];
  const names = [...paramsOf(architecture).keys()];

  test('decay of kernels leaves biases, norms, tokens and position embeddings alone', () => {
    for (const decay of ['kernels', 'all'] as const) {
      const optimizer = optimizerOf({ ...CONFIG, name: 'adamw', decay }, architecture);
      const changed = [...updated(optimizer, names, WITHOUT_GRADIENT)].filter(([, [first]]) => first !== 2);
      const spared = names.filter((name) => /(bias|scale|cls|dist|pos_embedding)$/.test(name));
      expect(changed.map(([name]) => name)).toEqual(
        decay === 'all' ? names : names.filter((name) => !spared.includes(name)),
      );
    }
    for (const name of ['sgd', 'adam'] as const) {
      const optimizer = optimizerOf({ ...CONFIG, name, decay: 'all' }, architecture);
      expect([...updated(optimizer, names, WITHOUT_GRADIENT).values()].every(([first]) => first === 2)).toBe(true);
    }
  });

  test('every depth has its share', () => {
    const optimizer = optimizerOf({ ...CONFIG, name: 'sgd', layer_decay: 0.5 }, architecture);
    const after = updated(optimizer, names, 0.5);
    const shares = new Set([...after.values()].map(([first]) => (2 - first!) / (LR * 0.5)));
    expect([...shares].sort()).toEqual([0.125, 0.25, 0.5, 1]);
  });
});
