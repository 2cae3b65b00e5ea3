import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { vitParams } from '../../src-shared/models/vit-params.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { arbitrary } from '../engine/compare-modes.ts';
import { loadEngine } from '../engine/runtime.ts';
import { makeDropout } from '../layers/dropout.ts';
import { valueAndGradients, type NamedTensors } from '../train/gradients.ts';
import { CLASSIFIERS, tinyVit } from './tiny-vit.ts';
import { vit } from './vit.ts';

const BATCH = 2;
const STEP = 1e-2;

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)("the gradients of a Vision Transformer are its loss's slopes", () => {
  beforeAll(async () => {
    await loadEngine('tensorflow');
  });

  const cases = [
    ...CLASSIFIERS.map((classifier) => [classifier, tinyVit(classifier), 0] as const),
    ['token, with a representation', tinyVit('token', { representationSize: 6 }), 0] as const,
    ['token, with dropout', tinyVit('token'), 0.3] as const,
  ];
  test.each(cases)('%s', (_, architecture, rate) => {
    const specs = [...vitParams(architecture)];
    tf.tidy(() => {
      const images = tf.tensor4d(arbitrary(BATCH * 12 * 16 * 3, 5), [BATCH, 12, 16, 3]);
      const params: NamedTensors = Object.fromEntries(
        specs.map(([name, { shape, init }], i) => {
          const values = arbitrary(sizeOfShape(shape), 100 + i, 0.4).map((v) => (init === 'ones' ? 1 + v : v));
          return [name, tf.tensor(values, [...shape])];
        }),
      );
      const loss = (p: NamedTensors): tf.Scalar => {
        const seed = tf.tensor1d([3, 4], 'int32');
        const streams = { next: 0 };
        const drop = makeDropout(rate, seed, streams);
        const logits = vit(p, images, { architecture, dropout: { hidden: drop, attention: drop } });
        const weights = tf.tensor(arbitrary(logits.size, 9), logits.shape);
        return tf.sum<tf.Scalar>(tf.mul(tf.tanh(logits), weights));
      };
      const { gradients } = valueAndGradients(loss, params);
      for (const [i, [name]] of specs.entries()) {
        // The slope along one arbitrary direction of this parameter, by central difference.
        const direction = tf.tensor(arbitrary(params[name]!.size, 1000 + i), params[name]!.shape);
        const at = (h: number): number =>
          loss({ ...params, [name]: tf.add(params[name]!, tf.mul(direction, h)) }).dataSync()[0]!;
        const slope = (8 * (at(STEP / 2) - at(-STEP / 2)) - (at(STEP) - at(-STEP))) / (6 * STEP);
        const given = tf.sum(tf.mul(gradients[name]!, direction)).dataSync()[0]!;
        expect(Math.abs(given - slope) / (0.1 + Math.abs(slope)), `${name}: ${given} against ${slope}`).toBeLessThan(
          0.02,
        );
      }
    });
  });
});
