import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import { prepareEval } from '../../src-shared/data/preprocess.ts';
import { arbitrary } from '../engine/compare-modes.ts';
import { createProgram } from '../engine/create-program.ts';
import type { MethodSpec, TensorData, TensorValue } from '../engine/program.ts';
import { loadEngine } from '../engine/runtime.ts';
import { decodeImage } from './decode-image.ts';
import { ImagePipeline } from './image-pipeline.ts';
import { loadBatch } from './sharp-loader.ts';

const RESOLUTION: [number, number] = [24, 21];

/** Every way of preparing an image: what the two loaders must agree on. */
const RESIZES = ['nearest', 'bilinear', 'bicubic', 'lanczos'] as const;
const PLACES: Record<string, Pick<Preprocessing, 'resized' | 'corner'>> = {
  whole: {},
  stretched: { resized: { fit: 'stretch', size: [29, 28] } },
  'stretched, corner down': { resized: { fit: 'stretch', size: [31, 24] }, corner: 'down' },
  'stretched to less': { resized: { fit: 'stretch', size: [19, 40] } },
  'short side': { resized: { fit: 'short side', length: 27 } },
  'short side, corner down': { resized: { fit: 'short side', length: 27 }, corner: 'down' },
  'short side to less': { resized: { fit: 'short side', length: 18 } },
};
const RANGES: Pick<Preprocessing, 'range' | 'mean' | 'std'>[] = [
  { range: '[-1, 1]' },
  { range: 'normalised', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
];

/** Each with both ranges, which share a graph. */
const WAYS = RESIZES.flatMap((resize) =>
  [undefined, true as const].flatMap((antialias) =>
    Object.entries(PLACES).map(([place, placed]) => ({
      name: `${resize}${antialias ? ' as Pillow' : ''}, ${place}`,
      ranges: RANGES.map((values): Preprocessing => ({
        resolution: RESOLUTION,
        resize,
        ...(antialias ? { antialias, dct: 'accurate' } : {}),
        ...placed,
        ...values,
        exif: 'ignore',
      })),
    })),
  ),
);

/** Height and width: to be made larger and smaller, wide and high, of one line; the last but one is resized down first. */
const SIZES: [number, number][] = [
  [61, 97],
  [90, 64],
  [5, 3],
  [1, 37],
  [24, 21],
  [200, 40],
  [27, 27],
];

const engine = await loadEngine();
const folder = mkdtempSync(join(tmpdir(), 'vitrine-preprocessing-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function writeImages(): Promise<string[]> {
  return Promise.all(
    SIZES.map(async ([height, width], i) => {
      // Black and white besides what lies between: kernels with lobes then go beyond both ends.
      const pixels = Uint8Array.from(arbitrary(height * width * 3, i), (v) => 127.5 + 200 * v);
      const path = join(folder, `${i}.png`);
      await sharp(Uint8Array.from(pixels), { raw: { width, height, channels: 3 } }).toFile(path);
      return path;
    }),
  );
}

describe.skipIf(engine.kind !== 'tensorflow')('every way of preparing images (needs TensorFlow)', () => {
  let paths: string[];
  beforeAll(async () => void (paths = await writeImages()));

  async function inGraph(ranges: readonly Preprocessing[]): Promise<TensorValue[]> {
    const pipelines = ranges.map((preprocessing, i): [string, ImagePipeline] => [
      `range${i}`,
      new ImagePipeline({
        name: `range${i}`,
        mode: 'eval',
        batch: paths.length,
        parallelism: 2,
        preprocessing,
        cropAreaMin: 1,
        flip: false,
      }),
    ]);
    const method = (pipeline: string): MethodSpec => ({
      pipeline,
      run: (_, { images }) => ({ outputs: { images: images! } }),
    });
    const program = await createProgram(engine, {
      name: 'way',
      state: {},
      pipelines: Object.fromEntries(pipelines),
      methods: Object.fromEntries(pipelines.map(([name]) => [name, method(name)])),
    });
    try {
      const images: TensorValue[] = [];
      for (const [name] of pipelines) {
        await program.startPipeline(name, {
          paths,
          labels: new Int32Array(paths.length),
          seeds: new Int32Array(2 * paths.length),
          weights: new Float32Array(paths.length).fill(1),
        });
        images.push((await program.call(name))['images']!);
      }
      return images;
    } finally {
      program.dispose();
    }
  }

  it.each(WAYS)('$name: graph, loader and reference agree', async ({ ranges }) => {
    const graphs = await inGraph(ranges);
    for (const [i, preprocessing] of ranges.entries()) {
      expect(graphs[i]!.shape).toEqual([paths.length, ...RESOLUTION, 3]);
      const entries = paths.map((path) => ({ path, label: 0 }));
      const loaded = await loadBatch(entries, { mode: 'eval', preprocessing });
      const each = RESOLUTION[0] * RESOLUTION[1] * 3;
      for (const [at, path] of paths.entries()) {
        const reference = prepareEval(await decodeImage(path), preprocessing);
        const part = <T extends TensorData>(of: T): T => of.subarray(at * each, (at + 1) * each) as T;
        expect(part(loaded.images).every((value, k) => value === reference[k])).toBe(true);
        const got = part(graphs[i]!.data);
        const largest = reference.reduce((most, value, k) => Math.max(most, Math.abs(value - got[k]!)), 0);
        // To the level where levels are whole; TensorFlow divides by a constant by way of its reciprocal.
        expect(largest, `${SIZES[at]!.join('x')} px`).toBeLessThan(preprocessing.antialias ? 1e-6 : 2e-5);
      }
    }
  });
});
