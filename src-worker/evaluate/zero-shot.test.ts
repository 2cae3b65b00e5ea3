import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineKind } from '../../src-shared/contract/engine.ts';
import type { ProgressEvent, ZeroShotInput } from '../../src-shared/contract/worker.ts';
import { softmax } from '../../src-shared/metrics/softmax.ts';
import { loadEngine } from '../engine/runtime.ts';
import { zeroShot } from './zero-shot.ts';

const LIT = join(import.meta.dirname, '../../bench/goldens/lit');
const LABELS = ['dog', 'cat', 'a red bicycle near the ocean'];
let folder: string;
let input: ZeroShotInput;
let transformer: Pick<ZeroShotInput, 'checkpoint' | 'tokenizer' | 'textHeads'>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-zero-shot-'));
  const images = [];
  for (let i = 0; i < 5; i++) {
    const data = Uint8Array.from({ length: 90 * 70 * 3 }, (_, k) => (k * (37 + 16 * i)) % 251);
    images.push(join(folder, `${i}.png`));
    await sharp(data, { raw: { width: 90, height: 70, channels: 3 } })
      .png()
      .toFile(images[i]!);
  }
  input = {
    allowNan: false,
    checkpoint: join(LIT, 'lit_bert/checkpoint.npz'),
    tokenizer: join(LIT, 'bert_tokens/vocab.txt'),
    images,
    labels: LABELS,
    templates: ['{}'],
    crop: false,
    batch: 2,
    textHeads: 3,
  };
  transformer = {
    checkpoint: join(LIT, 'lit_text_transformer/checkpoint.npz'),
    tokenizer: join(LIT, 'sentencepiece_t5ids/spm.model'),
    textHeads: null,
  };
  await useEngine('wasm'); // nothing to compile
});
afterAll(() => rm(folder, { recursive: true }));

async function useEngine(kind: EngineKind): Promise<void> {
  process.env.VITRINE_ENGINE = kind;
  await loadEngine();
}

function run(changes: Partial<ZeroShotInput> = {}, signal = new AbortController().signal) {
  const events: ProgressEvent[] = [];
  const emit = (event: ProgressEvent): void => void events.push(event);
  return zeroShot({ ...input, ...changes }, { signal, emit }).then((result) => ({ ...result, events }));
}

function expectClose(got: number[][], expected: number[][]): void {
  got.forEach((row, i) => row.forEach((x, j) => expect(x).toBeCloseTo(expected[i]![j]!, 5)));
  expect(got.length).toBe(expected.length);
}

describe.each(['bert', 'text transformer'])('with the %s', (kind) => {
  const own = (): Partial<ZeroShotInput> => (kind === 'bert' ? {} : transformer);

  test('probabilities are the softmax of similarity times temperature; each image is scored once', async () => {
    const before = tf.memory().numTensors;
    const { probabilities, similarities, temperature, events, cut, maxLen } = await run(own());
    expect(tf.memory().numTensors).toBe(before);
    expect(probabilities.map((row) => row.length)).toEqual([3, 3, 3, 3, 3]);
    expectClose(
      probabilities,
      similarities.map((row) => [...softmax(Float32Array.from(row, (s) => s * temperature))]),
    );
    for (const row of similarities) for (const s of row) expect(Math.abs(s)).toBeLessThanOrEqual(1);
    expect(new Set(similarities.map((row) => row[0]!.toFixed(5))).size).toBe(5);
    expect(events.at(-1)).toEqual({ type: 'progress', done: 8, total: 8 });
    expect([cut, maxLen]).toEqual([[], 16]);
  });

  test('batches and the order of labels change nothing', async () => {
    const { similarities } = await run(own());
    expectClose((await run({ ...own(), batch: 32 })).similarities, similarities);
    const turned = await run({ ...own(), labels: [...LABELS].reverse() });
    expectClose(
      turned.similarities.map((row) => [...row].reverse()),
      similarities,
    );
  });

  test('a template twice is that template; two give the direction between them', async () => {
    const [one, two] = [await run({ ...own(), templates: ['{}'] }), await run({ ...own(), templates: ['the {}'] })];
    expectClose((await run({ ...own(), templates: ['{}', '{}'] })).similarities, one.similarities);
    const both = await run({ ...own(), templates: ['{}', 'the {}'] });
    // The mean of two directions at length 1: for every label one factor between it and the mean of similarities.
    for (const label of LABELS.keys()) {
      const factors = both.similarities.map(
        (row, i) => row[label]! / ((one.similarities[i]![label]! + two.similarities[i]![label]!) / 2),
      );
      for (const factor of factors) expect(factor).toBeCloseTo(factors[0]!, 3);
      expect(factors[0]).toBeGreaterThanOrEqual(1 - 1e-5);
    }
  });
});

test('a prompt that is too long is told', async () => {
  const { cut } = await run({ templates: ['{}', 'a photo of {} sitting in the park with two dogs and one cat'] });
  expect(cut).toContainEqual({
    text: 'a photo of a red bicycle near the ocean sitting in the park with two dogs and one cat',
    tokens: 21, // 19 words, of which dogs and one are two pieces
    cut: 6,
  });
});

test('the middle, keeping the aspect ratio, is another picture than the whole', async () => {
  const [whole, middle] = [await run(), await run({ crop: true })];
  expect(middle.similarities).not.toEqual(whole.similarities);
});

test('files that do not fit are refused by name', async () => {
  await expect(run({ tokenizer: transformer.tokenizer })).rejects.toThrow('spm.model is not text');
  await expect(run({ ...transformer, tokenizer: input.tokenizer })).rejects.toThrow(
    /vocab\.txt can't be read as a Sent/,
  );
  await expect(run({ tokenizer: join(LIT, 'no.txt') })).rejects.toThrow(/no\.txt can't be read/);
  await expect(run({ textHeads: null })).rejects.toThrow(/checkpoint\.npz: Its text tower is 24 wide/);
  await expect(run({ checkpoint: join(LIT, '../models/vit_tiny16/checkpoint.npz') })).rejects.toThrow(
    /is no image and text model/,
  );
  const broken = join(folder, 'broken.png');
  await copyFile(input.tokenizer, broken);
  await expect(run({ images: [broken] })).rejects.toThrow(/broken\.png doesn't decode/);
});

test('a vocabulary larger than the tower has embeddings for', async () => {
  const larger = join(folder, 'larger.txt');
  await writeFile(larger, `${await readFile(input.tokenizer, 'utf8')}one more\n`);
  await expect(run({ tokenizer: larger })).rejects.toThrow(
    'larger.txt has 264 ids, but the text tower has embeddings for 263.',
  );
});

test('stops when it is asked to', async () => {
  const stop = new AbortController();
  stop.abort();
  await expect(run({}, stop.signal)).rejects.toMatchObject({ code: 'interrupted' });
});

test.skipIf(!process.env.VITRINE_ENGINE_DIR).each(['bert', 'text transformer'])(
  'TensorFlow gives what WASM gives, with the %s',
  async (kind) => {
    const changes = { ...(kind === 'bert' ? {} : transformer), templates: ['{}', 'a photo of a {}'], batch: 4 };
    const wasm = await run(changes);
    await useEngine('tensorflow');
    try {
      const tensors = tf.memory().numTensors;
      const tensorflow = await run(changes);
      expect(tensorflow.engine.kind).toBe('tensorflow');
      expectClose(tensorflow.similarities, wasm.similarities);
      expect(tf.memory().numTensors).toBe(tensors);
    } finally {
      await useEngine('wasm');
    }
  },
);
