import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { loadEngine } from '../engine/runtime.ts';
import { atBatch, goldenModel, largestDifference, randomDeit, TINY_MODELS, type ExportCase } from './export-cases.ts';
import { exportOnnx } from './export-onnx.ts';
import { readOnnx } from './read-onnx.ts';
import { runOnnx } from './run-onnx.ts';

const TOLERANCE = 1e-4;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-onnx-'));
  await loadEngine();
});
afterAll(() => rm(folder, { recursive: true }));

/** The largest difference over several batches, in ONNX Runtime. */
async function differenceIn(path: string, example: ExportCase): Promise<number> {
  const session = await InferenceSession.create(path);
  try {
    const differences = [];
    for (const batch of [1, 2, 5]) {
      const { images, expected } = atBatch(example, batch);
      const { logits } = await session.run({ images: new Tensor('float32', images.data, images.shape) });
      expect(logits!.dims).toEqual(expected.shape);
      differences.push(largestDifference(logits!.data as Float32Array, expected.data));
    }
    return Math.max(...differences);
  } finally {
    await session.release();
  }
}

/** The same at one batch, by Vitrine's own reading of the file; it leaves no tensor behind. */
async function differenceHere(path: string, { images, expected }: ExportCase): Promise<number> {
  const before = tf.memory().numTensors;
  const logits = await runOnnx(path, images);
  expect(tf.memory().numTensors).toBe(before);
  expect(logits.shape).toEqual(expected.shape);
  return largestDifference(logits.data, expected.data);
}

describe('exportOnnx gives vit_jax’s logits in ONNX Runtime, at batches of 1, 2 and 5', () => {
  it.each([...TINY_MODELS, 'realsize_ti16'])('%s', async (name) => {
    const example = await goldenModel(name);
    const { files } = await exportOnnx(example, folder, { name: `${name}.onnx` });
    expect(files).toEqual([`${name}.onnx`]);
    expect(await differenceIn(join(folder, `${name}.onnx`), example)).toBeLessThan(TOLERANCE);
    expect(await differenceHere(join(folder, `${name}.onnx`), example)).toBeLessThan(TOLERANCE);
  });

  it.each(['none', 'token', 'heads'] as const)('and Vitrine’s of a DeiT, distillation %s', async (distillation) => {
    const example = await randomDeit(distillation);
    await exportOnnx(example, folder, { name: 'deit.onnx' });
    expect(await differenceIn(join(folder, 'deit.onnx'), example)).toBeLessThan(TOLERANCE);
    expect(await differenceHere(join(folder, 'deit.onnx'), example)).toBeLessThan(TOLERANCE);
  });
});

describe('exportOnnx', () => {
  it('writes weights beside a model that is too large for one file', async () => {
    const example = await goldenModel('vit_tiny16');
    const options = { name: 'large.onnx', maxBytes: 10_000 };
    const { files } = await exportOnnx(example, folder, options);
    expect(files).toEqual(['large.onnx', 'large.onnx.data']);
    const [model, data] = await Promise.all(files.map((file) => stat(join(folder, file))));
    const numbers = [...example.params.values()].reduce((n, tensor) => n + tensor.data.byteLength, 0);
    expect(data!.size).toBeGreaterThan(0.9 * numbers);
    expect(model!.size).toBeLessThan(0.5 * numbers);
    expect(await differenceIn(join(folder, 'large.onnx'), example)).toBeLessThan(TOLERANCE);
    expect(await differenceHere(join(folder, 'large.onnx'), example)).toBeLessThan(TOLERANCE);
  });

  it('gives equal bytes for equal checkpoints', async () => {
    const example = await goldenModel('hybrid_blocks_w1');
    const hashes = [];
    for (const name of ['once.onnx', 'again.onnx']) {
      await exportOnnx(example, folder, { name });
      hashes.push(createHash('sha256').update(await readFile(join(folder, name))).digest('hex')); // prettier-ignore
    }
    expect(hashes[0]).toBe(hashes[1]);
  });

  it('keeps labels and preprocessing in the file', async () => {
    const example = await goldenModel('vit_tiny32');
    const labels = ['zero', 'one', 'two', 'three', 'four', 'five', 'six'];
    await exportOnnx({ ...example, labels }, folder, { name: 'labels.onnx', metadata: { licence: 'Apache-2.0' } });
    const { metadata, opset, inputs, outputs } = await readOnnx(join(folder, 'labels.onnx'));
    expect(metadata).toEqual({ labels: JSON.stringify(labels), licence: 'Apache-2.0' });
    expect([opset, inputs, outputs]).toEqual([17, ['images'], ['logits']]);
  });

  it('refuses a family without ONNX graph, and writes nothing', async () => {
    const example = await goldenModel('vit_tiny16');
    const architecture = { ...example.architecture, family: 'other' } as unknown as Architecture;
    await expect(exportOnnx({ ...example, architecture }, folder, { name: 'other.onnx' })).rejects.toMatchObject({
      code: 'usage',
      message: 'A model of the family "other" can\'t be exported to ONNX.',
    });
    expect((await readdir(folder)).filter((name) => name.includes('other'))).toEqual([]);
  });

  it('reads nothing back that was damaged', async () => {
    const example = await goldenModel('vit_tiny16');
    await exportOnnx(example, folder, { name: 'cut.onnx' });
    const bytes = await readFile(join(folder, 'cut.onnx'));
    await writeFile(join(folder, 'cut.onnx'), bytes.subarray(0, bytes.length / 2));
    await expect(runOnnx(join(folder, 'cut.onnx'), example.images)).rejects.toMatchObject({ code: 'bad_file' });
  });

  it('leaves nothing behind where it can’t write', async () => {
    const example = await goldenModel('vit_tiny16');
    await expect(exportOnnx(example, join(folder, 'missing'))).rejects.toMatchObject({ code: 'not_found' });
    await exportOnnx(example, folder, { name: 'ok.onnx' });
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
