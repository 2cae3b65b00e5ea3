import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainResize } from '../../src-shared/checkpoints/preprocessing.ts';
import { NO_AUGMENTATION, type Augmentation } from '../../src-shared/data/augment/augment.ts';
import { colorJitter } from '../../src-shared/data/augment/color-jitter.ts';
import type { Levels } from '../../src-shared/data/augment/level-ops.ts';
import { RAND_OP } from '../../src-shared/data/augment/rand-augment.ts';
import { RAND_OPS } from '../../src-shared/data/augment/rand-arguments.ts';
import { arbitrary } from '../engine/compare-modes.ts';
import { createProgram } from '../engine/create-program.ts';
import type { FunctionDef } from '../engine/graph/proto.ts';
import type { PlanChunk } from '../engine/pipeline.ts';
import { loadEngine } from '../engine/runtime.ts';
import { decodeImage } from './decode-image.ts';
import { jittered, jitterFunctions } from './color-jitter-function.ts';
import { imageFunctions, type ImageTransform } from './image-function.ts';
import { ImagePipeline } from './image-pipeline.ts';
import { callOne, PixelBody } from './pixel-body.ts';
import { randFunctions } from './rand-augment-function.ts';

const SIZE: [number, number] = [24, 37];
const VALUES = SIZE[0] * SIZE[1] * 3;
const WHOLE: ImageTransform = { mode: 'train', preprocessing: plainResize(SIZE), cropAreaMin: 1, flip: false };
const JITTER = RAND_OPS.length; // a label of its own
const STRENGTH = 0.4;

/** Runs the operation that a label names on a file's levels, with the two or four numbers that its seed holds. */
class OnePipeline extends ImagePipeline {
  readonly #magnitude: number;

  constructor(batch: number, magnitude: number) {
    super({ ...WHOLE, name: 'ops', batch, parallelism: 2 });
    this.#magnitude = magnitude;
  }

  protected override functions(name: string): FunctionDef[] {
    const [map] = imageFunctions(name, WHOLE);
    const rand = randFunctions(`${name}_rand`, { magnitude: this.#magnitude, size: SIZE });
    const jitter = jitterFunctions(`${name}_jitter`);
    const body = new PixelBody();
    const png = body.op('ReadFile', ['path'], {}, 'contents');
    const bytes = body.op('DecodePng', [png], { channels: { i: 3 }, dtype: { type: 4 } }, 'image');
    const pixels = body.reshape(body.cast(bytes, 'uint8', 'float32'), body.ints([...SIZE, 3]), 'float32');
    const packed = body.cast('seed', 'int32', 'float32'); // [2], each of two numbers of 12 bits
    const high = body.floor(body.div(packed, body.float(4096)));
    const low = body.sub(packed, body.mul(high, body.float(4096)));
    const both = body.op('Pack', [high, low], { T: { type: 1 }, N: { i: 2 }, axis: { i: 1 } }, 'output');
    const draws = body.div(body.reshape(both, body.ints([4]), 'float32'), body.float(4096));
    const branch = body.cast('label', 'int32', 'float32');
    const ops = { branch, functions: rand };
    const one = callOne(body, ops, { pixels, draws: body.part(draws, 0, 2), size: SIZE });
    const other = jittered(body, { pixels, draws }, { strength: STRENGTH, functions: jitter, size: SIZE });
    const image = body.where(body.less(branch, body.float(JITTER)), [one, other]);
    return [{ ...map!, node_def: body.nodes, ret: { ...map!.ret, image } }, ...rand, ...jitter];
  }
}

const engine = await loadEngine();
const folder = mkdtempSync(join(tmpdir(), 'vitrine-augment-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Noise; a ramp of few levels, so that equalizing has ties; one grey; dark noise with a bright dot. */
const PICTURES: ((i: number) => number)[] = [
  (
    (noise) => (i: number) =>
      Math.floor(127.5 + 127.5 * noise[i]!)
  )(arbitrary(VALUES, 1)),
  (i) => 60 + 7 * Math.floor(i / 211) + (i % 3),
  () => 100,
  ((noise) => (i: number) => (i === 400 ? 255 : Math.floor(30 + 20 * noise[i]!)))(arbitrary(VALUES, 2)),
];

const packed = (draws: readonly number[]): number[] =>
  [0, 2].map((i) => Math.floor(draws[i]! * 4096) * 4096 + Math.floor(draws[i + 1]! * 4096));

describe.skipIf(engine.kind !== 'tensorflow')('augmentation in the graph (needs TensorFlow)', () => {
  let paths: string[];
  let pictures: Levels[];
  beforeAll(async () => {
    paths = await Promise.all(
      PICTURES.map(async (of, k) => {
        const path = join(folder, `${k}.png`);
        const data = Uint8Array.from({ length: VALUES }, (_, i) => of(i));
        await sharp(data, { raw: { height: SIZE[0], width: SIZE[1], channels: 3 } }).toFile(path);
        return path;
      }),
    );
    pictures = await Promise.all(
      paths.map(async (path) => ({
        ...(await decodeImage(path)),
        data: Float32Array.from((await decodeImage(path)).data),
      })),
    );
  });

  async function run(pipeline: ImagePipeline, plan: PlanChunk): Promise<Float32Array[]> {
    const spec = {
      name: 'images',
      state: {},
      pipelines: { files: pipeline },
      methods: { next: { pipeline: 'files', run: (_: unknown, feeds: Record<string, never>) => ({ outputs: feeds }) } },
    };
    const program = await createProgram(engine, spec);
    try {
      await program.startPipeline('files', plan);
      const { images } = await program.call('next');
      return plan.paths.map((_, i) => (images!.data as Float32Array).slice(i * VALUES, (i + 1) * VALUES));
    } finally {
      program.dispose();
    }
  }

  const planOf = (cases: { picture: number; label: number; seed: readonly number[] }[]): PlanChunk => ({
    paths: cases.map(({ picture }) => paths[picture]!),
    labels: Int32Array.from(cases, ({ label }) => label),
    seeds: Int32Array.from(cases.flatMap(({ seed }) => seed)),
    weights: new Float32Array(cases.length).fill(1),
  });

  test.each([0, 3, 10, 15, 27])(
    'every operation gives the levels of the TypeScript one: magnitude %d',
    async (magnitude) => {
      const draws = [
        [0.25, 0.75, 0.125, 0.5],
        [0.875, 0.0625, 0.5, 0.25],
      ];
      const cases = PICTURES.flatMap((_, picture) =>
        [...RAND_OPS.keys(), JITTER].flatMap((label) =>
          draws.map((draw) => ({ picture, label, draw, seed: packed(draw) })),
        ),
      );
      const got = await run(new OnePipeline(cases.length, magnitude), planOf(cases));
      const changed = new Set<number>();
      for (const [i, { picture, label, draw }] of cases.entries()) {
        const image = pictures[picture]!;
        const expected =
          label === JITTER
            ? colorJitter(image, STRENGTH, draw).data
            : (RAND_OP[RAND_OPS[label]!] as (...a: unknown[]) => Levels)(image, magnitude, draw).data;
        const differences = expected.map((level, k) => Math.abs(level - got[i]![k]!));
        const name = `${RAND_OPS[label] ?? 'jitter'} of picture ${picture}`;
        expect(Math.max(...differences), name).toBeLessThan(label === JITTER ? 1e-3 : 1e-6);
        if (expected.some((level, k) => level !== image.data[k])) changed.add(label);
      }
      // Each does something somewhere, but for those that a magnitude leaves without effect.
      const idle = RAND_OPS.filter((_, label) => !changed.has(label));
      const moving = ['Rotate', 'ShearX', 'ShearY', 'TranslateX', 'TranslateY', 'Cutout', 'SolarizeAdd'];
      const expectedIdle: Record<number, string[]> = {
        0: moving,
        3: [],
        10: ['Solarize'],
        15: ['Solarize'],
        27: ['Posterize', 'Solarize'],
      };
      expect([...idle].sort()).toEqual([...expectedIdle[magnitude]!].sort());
    },
  );

  const augmented = (augmentation: Partial<Augmentation>, batch: number, size = WHOLE): ImagePipeline =>
    new ImagePipeline({
      ...size,
      augmentation: { ...NO_AUGMENTATION, ...augmentation },
      name: 'a',
      batch,
      parallelism: 2,
    });
  const many = (count: number, picture: number, first = 0): PlanChunk =>
    planOf(
      Array.from({ length: count }, (_, i) => ({
        picture,
        label: 0,
        seed: [7919 * (i + first), 31 * (i + first) + 5],
      })),
    );
  const levelsOf = (values: Float32Array): Float32Array => values.map((v) => Math.round(v * 127.5 + 127.5));

  test('each operation is chosen as often as another, and half of the directions are turned round', async () => {
    const n = 960;
    const images = await run(augmented({ rand_layers: 1, rand_magnitude: 9 }, n), many(n, 0));
    const known = new Map(
      RAND_OPS.filter((op) => op !== 'Cutout').flatMap((op) =>
        [0.25, 0.75].map((turn): [string, string] => [
          RAND_OP[op](pictures[0]!, 9, [turn, 0]).data.join(),
          `${op}${turn < 0.5 && /Rotate|Shear|Translate/.test(op) ? ' back' : ''}`,
        ]),
      ),
    );
    const counts = new Map<string, number>();
    for (const image of images) {
      const op = known.get(levelsOf(image).join()) ?? 'Cutout';
      counts.set(op, (counts.get(op) ?? 0) + 1);
    }
    expect(counts.size).toBe(RAND_OPS.length + 5);
    for (const op of RAND_OPS) {
      const [there, back] = [counts.get(op)!, counts.get(`${op} back`) ?? 0];
      const p = 1 / RAND_OPS.length;
      expect(Math.abs(there + back - n * p), op).toBeLessThan(5 * Math.sqrt(n * p * (1 - p)));
      if (back > 0) expect(Math.abs(there - back), op).toBeLessThan(5 * Math.sqrt(there + back));
    }
  });

  test('layers follow one another, each with draws of its own', async () => {
    const n = 64;
    const [one, two] = [1, 2].map((rand_layers) => augmented({ rand_layers, rand_magnitude: 9 }, n));
    const [a, b] = [await run(one!, many(n, 0)), await run(two!, many(n, 0))];
    const distinct = (images: Float32Array[]): number => new Set(images.map((image) => image.join())).size;
    expect(distinct(b)).toBeGreaterThan(distinct(a) + 10);
  });

  test('jitter of one grey shows its factor: uniform within the strength', async () => {
    const n = 400;
    const images = await run(augmented({ color_jitter: STRENGTH }, n), many(n, 2));
    const factors = images.map((image) => ((image[0]! + 1) * 127.5) / 100);
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(1 - STRENGTH - 1e-3);
    expect(Math.max(...factors)).toBeLessThanOrEqual(1 + STRENGTH + 1e-3);
    const mean = factors.reduce((a, b) => a + b, 0) / n;
    expect(Math.abs(mean - 1)).toBeLessThan((5 * (STRENGTH / Math.sqrt(3))) / Math.sqrt(n));
    const outer = factors.filter((f) => Math.abs(f - 1) > STRENGTH / 2).length;
    expect(Math.abs(outer - n / 2)).toBeLessThan(5 * Math.sqrt(n / 4));
  });

  test('erasing: as often as asked for, boxes of 2 to 33 % with noise of deviation 1', async () => {
    const [n, p] = [400, 0.25];
    const images = await run(augmented({ erasing: p }, n), many(n, 2));
    const left = Math.fround((100 - 127.5) / 127.5);
    const shares: number[] = [];
    const noise: number[] = [];
    for (const image of images) {
      const inside = [...image.keys()].filter((i) => Math.abs(image[i]! - left) > 1e-6);
      if (inside.length === 0) continue;
      const rows = inside.map((i) => Math.floor(i / (SIZE[1] * 3)));
      const columns = inside.map((i) => Math.floor((i % (SIZE[1] * 3)) / 3));
      const extent = (at: number[]): number => Math.max(...at) - Math.min(...at) + 1;
      expect(extent(rows) * extent(columns) * 3).toBe(inside.length); // one full rectangle
      shares.push(inside.length / VALUES);
      noise.push(...inside.map((i) => image[i]!));
    }
    expect(Math.abs(shares.length - n * p)).toBeLessThan(5 * Math.sqrt(n * p * (1 - p)));
    expect(Math.min(...shares)).toBeGreaterThan(0.012); // sides are rounded
    expect(Math.max(...shares)).toBeLessThan(0.36);
    const mean = noise.reduce((a, b) => a + b, 0) / noise.length;
    const variance = noise.reduce((a, b) => a + (b - mean) ** 2, 0) / noise.length;
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(noise.length));
    expect(Math.abs(variance - 1)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(noise.length));
  });

  const ALL: Augmentation = { rand_layers: 2, rand_magnitude: 15, color_jitter: 0.4, erasing: 0.5 };

  test('everything at once follows from the seed of an image alone, and is finite', async () => {
    const n = 24;
    const train = { ...WHOLE, cropAreaMin: 0.05, flip: true };
    const [once, again] = [
      await run(augmented(ALL, n, train), many(n, 0)),
      await run(augmented(ALL, n, train), many(n, 0)),
    ];
    expect(again).toEqual(once);
    const later = await run(augmented(ALL, n / 2, train), many(n / 2, 0, n / 2));
    expect(later).toEqual(once.slice(n / 2));
    expect(new Set(once.map((image) => image.join())).size).toBe(n);
    expect(once.every((image) => image.every(Number.isFinite))).toBe(true);
  });

  test('where all is off, and in evaluation, the graph is the one without augmentation', () => {
    for (const mode of ['train', 'eval'] as const) {
      const plain = imageFunctions('f', { ...WHOLE, flip: true, mode });
      expect(imageFunctions('f', { ...WHOLE, flip: true, mode, augmentation: NO_AUGMENTATION })).toEqual(plain);
      const on = imageFunctions('f', { ...WHOLE, flip: true, mode, augmentation: ALL });
      if (mode === 'eval') expect(on).toEqual(plain);
      else expect(on.length).toBe(plain.length + RAND_OPS.length + 3 + 2);
    }
  });
});
