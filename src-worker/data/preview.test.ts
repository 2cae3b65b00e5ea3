import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plainResize } from '../../src-shared/checkpoints/preprocessing.ts';
import { resolveConfig } from '../../src-shared/config/resolve.ts';
import type { PreviewInput } from '../../src-shared/contract/preview.ts';
import { createPlan } from '../../src-shared/data/plan.ts';
import { createProgram } from '../engine/create-program.ts';
import type { ProgramSpec } from '../engine/program.ts';
import { loadEngine } from '../engine/runtime.ts';
import { drawnFeeds } from '../train/drawn-feeds.ts';
import { MIX_FEED, mixed } from '../train/mix.ts';
import { contactSheet } from './contact-sheet.ts';
import { ImagePipeline } from './image-pipeline.ts';
import { levelsOf, preview } from './preview.ts';
import { writeSampleImages } from './sample-images.ts';

const SIDE = 112; // drawn at its own size
const BATCH = 4;
const folder = mkdtempSync(join(tmpdir(), 'vitrine-preview-'));
let paths: string[];
beforeAll(async () => void (paths = await writeSampleImages({ folder, count: 7, size: [130, 150] })));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CONFIG = resolveConfig({
  hasCheckpoint: true,
  overrides: [
    `--config.pp.crop=${SIDE}`,
    `--config.batch=${2 * BATCH}`,
    '--config.accum_steps=2',
    '--config.seed=12',
    '--config.vitrine.aug.rand_layers=2',
    '--config.vitrine.aug.rand_magnitude=9',
    '--config.vitrine.aug.erasing=0.3',
    '--config.vitrine.aug.mixup=0.8',
    '--config.vitrine.aug.cutmix=1',
  ],
}).config;

function input(more: Partial<PreviewInput> = {}): PreviewInput {
  const train = { paths, labels: paths.map((_, i) => i % 2) };
  const output = join(folder, 'sheet.png');
  const names = { classNames: ['a & <b>', 'c'], checkpoint: null };
  return { ...names, config: CONFIG, train, count: 3, draws: 2, epoch: 1, output, ...more };
}

/** A picture of a sheet, by its row and column. */
async function cell(sheet: string, row: number, column: number): Promise<Buffer> {
  const [left, top] = [8 + column * (SIDE + 8), 8 + row * (SIDE + 18 + 8)];
  return sharp(sheet).removeAlpha().extract({ left, top, width: SIDE, height: SIDE }).raw().toBuffer();
}

test('the sheet shows, to the level, what the training step is given: mixed, augmented, of the right part', async () => {
  const asked = input();
  const result = await preview(asked);
  expect(result).toMatchObject({ width: 8 + 2 * 120, height: 8 + 3 * (SIDE + 26), resolution: [SIDE, SIDE] });

  // The same positions through a program as training has it.
  const pipeline = new ImagePipeline({
    name: 'train',
    mode: 'train',
    batch: BATCH,
    parallelism: 2,
    preprocessing: plainResize([SIDE, SIDE]),
    cropAreaMin: CONFIG.vitrine.crop_area_min,
    flip: CONFIG.vitrine.flip,
    augmentation: CONFIG.vitrine.aug,
  });
  const spec: ProgramSpec = {
    name: 'mixed',
    state: {},
    pipelines: { train: pipeline },
    methods: {
      next: {
        pipeline: 'train',
        feeds: { mix: MIX_FEED },
        run: (_, { images, weights, mix }) => ({
          outputs: { images: mixed({ images: images as tf.Tensor4D, labels: weights! }, mix as tf.Tensor1D).images },
        }),
      },
    },
  };
  const program = await createProgram(await loadEngine(), spec);
  const plan = createPlan({ seed: CONFIG.seed, numItems: paths.length });
  const { items, seeds } = plan.range(0, 2 * paths.length + 2);
  await program.startPipeline('train', {
    paths: Array.from(items, (i) => paths[i]!),
    labels: new Int32Array(items.length),
    seeds,
    weights: new Float32Array(items.length).fill(1),
  });
  const shown = new Map(
    result.images.flatMap(({ path, draws }, r) => draws.map((draw, c) => [`${path} ${draw.epoch}`, { r, c, draw }])),
  );
  let found = 0;
  for (let batch = 0; batch < items.length / BATCH; batch++) {
    const at = { step: Math.floor(batch / 2) + 1, part: batch % 2 };
    const { images } = await program.call('next', { mix: drawnFeeds(program.spec, CONFIG, at)['mix']! });
    for (let i = 0; i < BATCH; i++) {
      const position = batch * BATCH + i;
      const place = shown.get(`${paths[items[position]!]!} ${Math.floor(position / paths.length) + 1}`);
      if (!place) continue;
      found++;
      expect(place.draw.step).toBe(at.step);
      const size = SIDE * SIDE * 3;
      const expected = levelsOf(
        (images!.data as Float32Array).slice(i * size, (i + 1) * size),
        plainResize([SIDE, SIDE]),
      );
      const got = await cell(asked.output, place.r, place.c);
      const largest = expected.reduce((most, level, k) => Math.max(most, Math.abs(level - got[k]!)), 0);
      expect(largest, `${place.r}, ${place.c}`).toBeLessThanOrEqual(1); // the two mixes may round apart
    }
  }
  program.dispose();
  expect(found).toBe(6);
});

test('later epochs go on where earlier ones end', async () => {
  const [first, later] = [input(), input({ epoch: 2, draws: 1, count: 7, output: join(folder, 'later.png') })];
  const [a, b] = [await preview(first), await preview(later)];
  const row = b.images.findIndex(({ path }) => path === a.images[1]!.path);
  expect(b.images[row]!.draws[0]).toEqual(a.images[1]!.draws[1]);
  expect((await cell(later.output, row, 0)).equals(await cell(first.output, 1, 1))).toBe(true);
});

test('mixing what is computed alone is refused, and a bad image is named', async () => {
  const alone = { ...CONFIG, batch: 2, accum_steps: 2 };
  await expect(preview(input({ config: alone }))).rejects.toMatchObject({ code: 'config' });
  const bad = join(folder, 'bad.png');
  const train = { paths: [...paths, bad], labels: [...paths, bad].map(() => 0) };
  await expect(preview(input({ train, count: 8 }))).rejects.toThrow(bad);
});

test('a sheet of small pictures enlarges them; any name can be written below', async () => {
  const pixels = new Uint8Array(8 * 8 * 3).fill(77);
  const { png, width, height } = await contactSheet(
    [[{ pixels, caption: '<&\u0000"\ud800 a long name indeed, it is' }]],
    [8, 8],
  );
  expect(await sharp(png).metadata()).toMatchObject({ format: 'png', width, height });
  expect(height).toBe(8 + 112 + 18 + 8);
});
