import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainResize } from '../../src-shared/checkpoints/preprocessing.ts';
import { createProgram } from '../engine/create-program.ts';
import type { PlanChunk } from '../engine/pipeline.ts';
import type { Program, TensorValue } from '../engine/program.ts';
import { loadEngine, type Engine } from '../engine/runtime.ts';
import type { ImageTransform } from './image-function.ts';
import { ImagePipeline } from './image-pipeline.ts';
import { samplePlan, writeSampleImages } from './sample-images.ts';

const BATCH = 3;
const EVAL: ImageTransform = { mode: 'eval', preprocessing: plainResize([12, 10]), cropAreaMin: 1, flip: false };
const TRAIN: ImageTransform = { mode: 'train', preprocessing: plainResize([12, 10]), cropAreaMin: 0.05, flip: true };

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('images in the graph', () => {
  let engine: Engine;
  let paths: string[];
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-pipeline-'));
  beforeAll(async () => {
    engine = await loadEngine('tensorflow');
    // Twice as wide and high as what comes out: bilinear resizing is then an average of four pixels.
    paths = await writeSampleImages({ folder, count: 12, size: [24, 20] });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function withImages<T>(transform: ImageTransform, mode: Program['mode'], use: (p: Program) => Promise<T>) {
    const program = await createProgram(
      engine,
      {
        name: 'images',
        state: {},
        pipelines: { files: new ImagePipeline({ ...transform, name: 'files', batch: BATCH, parallelism: 4 }) },
        methods: { next: { pipeline: 'files', run: (_, feeds) => ({ outputs: feeds }) } },
      },
      mode,
    );
    try {
      return await use(program);
    } finally {
      program.dispose();
    }
  }

  async function all(program: Program, chunk: PlanChunk): Promise<Record<string, TensorValue>[]> {
    await program.startPipeline('files', chunk);
    const batches: Record<string, TensorValue>[] = [];
    for (let i = 0; i < chunk.paths.length; i += BATCH) batches.push(await program.call('next'));
    return batches;
  }

  const END = /End of sequence/;

  for (const mode of ['recorded', 'eager'] as const) {
    describe(mode, () => {
      test('images come in the order of the plan with their labels and weights, then the sequence ends', () =>
        withImages(EVAL, mode, async (program) => {
          const order = [3, 1, 4, 1, 5, 9, 2, 6, 5].map((i) => paths[i]!);
          const plan = { ...samplePlan(order, 7), weights: Float32Array.of(1, 1, 1, 1, 1, 1, 1, 0, 0) };
          const batches = await all(program, plan);
          expect(batches.flatMap((b) => [...b['labels']!.data])).toEqual([0, 1, 2, 3, 4, 5, 6, 0, 1]);
          expect(batches.flatMap((b) => [...b['weights']!.data])).toEqual([...plan.weights]);
          expect(batches[0]!['images']!.shape).toEqual([BATCH, 12, 10, 3]);
          expect(imageOf(batches, 1)).toEqual(imageOf(batches, 3)); // the same file
          expect(imageOf(batches, 0)).not.toEqual(imageOf(batches, 2));
          for (const { images } of batches) {
            expect(Math.min(...images!.data)).toBeGreaterThanOrEqual(-1);
            expect(Math.max(...images!.data)).toBeLessThanOrEqual(1);
          }
          await expect(program.call('next')).rejects.toThrow(END);
          await expect(program.call('next')).rejects.toThrow(END);
          // The next stretch, as long as another.
          expect((await all(program, samplePlan(paths, 5))).length).toBe(4);
          // And one that was begun and left.
          await program.startPipeline('files', samplePlan(paths, 5));
          await program.call('next');
          const anew = await all(program, samplePlan(order.slice(0, 3), 7));
          expect(imageOf(anew, 0)).toEqual(imageOf(batches, 0));
        }));

      test('random crops follow from the seeds of the plan alone', () =>
        withImages(TRAIN, mode, async (program) => {
          const plan = samplePlan(paths, 5);
          const [once, again] = [await all(program, plan), await all(program, plan)];
          expect(once).toEqual(again);
          const other = await all(program, { ...plan, seeds: plan.seeds.map((s) => s + 1) });
          const changed = paths.filter((_, i) => !same(imageOf(once, i), imageOf(other, i))).length;
          expect(changed).toBeGreaterThanOrEqual(paths.length - 1);
          // An image's draws don't depend on its place.
          const moved = [...Array(paths.length).keys()].map((i) => (i + 5) % paths.length);
          const shuffled = await all(program, {
            paths: moved.map((i) => paths[i]!),
            labels: Int32Array.from(moved, (i) => plan.labels[i]!),
            seeds: Int32Array.from(moved.flatMap((i) => [plan.seeds[2 * i]!, plan.seeds[2 * i + 1]!])),
            weights: plan.weights,
          });
          moved.forEach((i, at) => expect(imageOf(shuffled, at)).toEqual(imageOf(once, i)));
        }));

      test('half of the images are mirrored, none where that is not asked for', async () => {
        const [left, right] = [0, 1].map((side) => join(folder, `half-${side}.png`));
        const { default: sharp } = await import('sharp');
        const white = { r: 255, g: 255, b: 255 };
        const half = await sharp({ create: { width: 10, height: 24, channels: 3, background: white } })
          .png()
          .toBuffer();
        for (const [path, at] of [
          [left, 0],
          [right, 10],
        ] as const) {
          const black = sharp({ create: { width: 20, height: 24, channels: 3, background: 'black' } });
          await black
            .composite([{ input: half, left: at, top: 0 }])
            .png()
            .toFile(path!);
        }
        const n = 120;
        const plan = samplePlan(
          Array.from({ length: n }, () => left!),
          2,
        );
        const whole = { ...TRAIN, cropAreaMin: 0.999 };
        const countRight = async (transform: ImageTransform): Promise<number> =>
          withImages(transform, mode, async (program) => {
            const batches = await all(program, plan);
            return plan.paths.filter((_, i) => imageOf(batches, i)[27]! > 0).length; // the top row's tenth pixel
          });
        expect(await countRight({ ...whole, flip: false })).toBe(0);
        const mirrored = await countRight(whole);
        expect(mirrored).toBeGreaterThan(n * 0.3);
        expect(mirrored).toBeLessThan(n * 0.7);
      });

      test('a file that is missing or is no image fails the step with its path, and the program goes on', () =>
        withImages(EVAL, mode, async (program) => {
          const text = join(folder, 'text.jpg');
          writeFileSync(text, 'no image');
          const long = join(folder, `${'missing-'.repeat(12)}.png`);
          for (const bad of [join(folder, 'gone.png'), long, text]) {
            const handles = engine.binding!.getNumOfTensors();
            await program.startPipeline('files', samplePlan([paths[0]!, bad, paths[1]!], 5));
            await expect(program.call('next')).rejects.toThrow(bad);
            expect(engine.binding!.getNumOfTensors()).toBe(handles);
          }
          expect((await all(program, samplePlan(paths, 5))).length).toBe(4);
        }));

      test.each([
        [
          'not whole batches',
          (plan: PlanChunk) => ({ ...plan, paths: plan.paths.slice(1) }),
          /11 paths, but 12 labels/,
        ],
        ['too few seeds', (plan: PlanChunk) => ({ ...plan, seeds: plan.seeds.slice(2) }), /12 paths, but 11 seeds/],
        [
          'too few weights',
          (plan: PlanChunk) => ({ ...plan, weights: plan.weights.slice(2) }),
          /12 paths, but 10 weights/,
        ],
      ])('a plan with %s is refused', (_, spoil, message) =>
        withImages(EVAL, mode, async (program) => {
          await expect(program.startPipeline('files', spoil(samplePlan(paths, 5)))).rejects.toThrow(message);
        }),
      );

      test('a plan that does not fill its last batch is refused', () =>
        withImages(EVAL, mode, async (program) => {
          const plan = samplePlan(paths.slice(0, 4), 5);
          await expect(program.startPipeline('files', plan)).rejects.toThrow(/4 images are no multiple .* batch of 3/);
        }));
    });
  }

  test('both loaders give the same evaluation images of a PNG', async () => {
    const plan = samplePlan(paths, 5);
    const [graph, plain] = [
      await withImages(EVAL, 'recorded', (program) => all(program, plan)),
      await withImages(EVAL, 'eager', (program) => all(program, plan)),
    ];
    for (const [i, batch] of graph.entries()) {
      expect(batch['labels']).toEqual(plain[i]!['labels']);
      expect(batch['weights']).toEqual(plain[i]!['weights']);
      const difference = batch['images']!.data.map((v, j) => Math.abs(v - plain[i]!['images']!.data[j]!));
      expect(Math.max(...difference)).toBeLessThan(1e-5);
    }
  });
});

function imageOf(batches: Record<string, TensorValue>[], i: number): Float32Array {
  const { shape, data } = batches[Math.floor(i / BATCH)]!['images']!;
  const size = shape[1]! * shape[2]! * shape[3]!;
  return (data as Float32Array).slice((i % BATCH) * size, ((i % BATCH) + 1) * size);
}

function same(a: Float32Array, b: Float32Array): boolean {
  return Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer)) === 0;
}
