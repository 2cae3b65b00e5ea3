// A checkpoint's own preparation of images, through the commands: what a model sees is what its files ask for.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hfPreprocessing } from '../src-shared/checkpoints/layouts/hf-processor.ts';
import { atResolution, plainResize } from '../src-shared/checkpoints/preprocessing.ts';
import type { Preprocessing, Sidecar } from '../src-shared/checkpoints/sidecar.ts';
import { prepareEval } from '../src-shared/data/preprocess.ts';
import { softmax } from '../src-shared/metrics/softmax.ts';
import { importImages } from '../src-main/services/datasets/import-cache.ts';
import { inspectImages } from '../src-main/services/datasets/check.ts';
import { writeNpy } from '../src-worker/checkpoints/write-npz.ts';
import { decodeImage } from '../src-worker/data/decode-image.ts';
import { loadBatch } from '../src-worker/data/sharp-loader.ts';
import { makeFolder, writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { configFlags, jsonLines, vitrine, type Ended } from './vitrine.ts';

const GOLDENS = join(import.meta.dirname, '../bench/goldens');
const PHOTO = join(GOLDENS, 'preprocess/jpeg_photo_size/image.jpg');
/** Model of 64 px, as facebook/deit-* says of 224. */
const PROCESSOR = {
  image_processor_type: 'DeiTImageProcessor',
  size: { height: 73, width: 73 },
  crop_size: { height: 64, width: 64 },
  resample: 3,
  image_mean: [0.485, 0.456, 0.406],
  image_std: [0.229, 0.224, 0.225],
};

let folder: Awaited<ReturnType<typeof makeFolder>>;
const at = (name: string): string => join(folder.path, name);
const wasm = { env: { VITRINE_ENGINE: 'wasm' } };

function succeeded(ended: Ended): Ended {
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return ended;
}

const json = <T>(ended: Ended): T => JSON.parse(succeeded(ended).stdout) as T;

beforeAll(async () => {
  folder = await makeFolder();
  await mkdir(at('deit'));
  for (const name of ['config.json', 'model.safetensors'])
    await cp(join(GOLDENS, 'deit/deit_tiny', name), at(`deit/${name}`));
  await writeFile(at('deit/preprocessor_config.json'), JSON.stringify(PROCESSOR));
});
afterAll(() => folder.remove());

const deit = (): Preprocessing =>
  hfPreprocessing({ shapes: new Map(), config: null, preprocessor: PROCESSOR }, 'DeiT').preprocessing!;

/** Probabilities of an image that is prepared here and given to the model as numbers. */
async function expectedOf(checkpoint: string, path: string, preprocessing: Preprocessing): Promise<number[]> {
  const data = prepareEval(await decodeImage(path), preprocessing);
  await writeNpy(at('input.npy'), { shape: [1, ...preprocessing.resolution, 3], data });
  const { logits } = json<{ logits: number[][] }>(
    await vitrine(['logits', checkpoint, at('input.npy'), '--json'], wasm),
  );
  return [...softmax(Float32Array.from(logits[0]!))];
}

interface Predicted {
  images: { predictions: { index: number; probability: number }[] }[];
}

async function predicted(checkpoint: string, images: string[], env: NodeJS.ProcessEnv = wasm.env): Promise<number[][]> {
  const ended = await vitrine(['predict', checkpoint, ...images, '--top=10', '--json'], { env });
  return json<Predicted>(ended).images.map(({ predictions }) =>
    predictions.sort((a, b) => a.index - b.index).map(({ probability }) => probability),
  );
}

function expectClose(got: readonly number[], expected: readonly number[], digits = 5): void {
  expect(got).toHaveLength(expected.length);
  got.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, digits));
}

test('inspect shows it in full', async () => {
  const { stdout } = succeeded(await vitrine(['inspect', at('deit')]));
  expect(stdout).toMatch(
    /^images +bicubic to 73 × 73 px, antialiased and rounded as Pillow does, aspect ratio not kept; central 64 × 64 px/m,
  );
  expect(stdout).toMatch(
    /^values +\(x \/ 255 − mean\) \/ std with mean 0\.485, 0\.456, 0\.406 and std 0\.229, 0\.224/m,
  );
  expect(stdout).toMatch(/^decoding +JPEG by the accurate DCT, EXIF orientation ignored$/m);
});

test('predict prepares images as the checkpoint asks, on WASM', async () => {
  const [got] = await predicted(at('deit'), [PHOTO]);
  expectClose(got!, await expectedOf(at('deit'), PHOTO, deit()));
  const plain = await expectedOf(at('deit'), PHOTO, plainResize([64, 64]));
  expect(Math.max(...plain.map((value, i) => Math.abs(value - got![i]!)))).toBeGreaterThan(1e-3);
});

test.skipIf(process.env.VITRINE_ENGINE_DIR === undefined)(
  'and on TensorFlow',
  async () => {
    const [got] = await predicted(at('deit'), [PHOTO], { VITRINE_ENGINE: 'tensorflow' });
    expectClose(got!, await expectedOf(at('deit'), PHOTO, deit()), 4);
  },
  120_000,
);

test('what can’t be prepared is refused, and shown by inspect', async () => {
  await cp(at('deit'), at('other'), { recursive: true });
  await writeFile(at('other/preprocessor_config.json'), JSON.stringify({ ...PROCESSOR, resample: 5 }));
  const refused = await vitrine(['predict', at('other'), PHOTO], wasm);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    "was made for images that can't be prepared here: preprocessor_config.json resizes with Pillow's filter 5",
  );
  expect(succeeded(await vitrine(['inspect', at('other')])).stdout).toMatch(/^images +can't be prepared here: /m);
});

test('training takes its values, evaluates as it asks at the run’s size, and writes down what was used', async () => {
  await writeSquares(at('squares'), { train: 4, test: 2 });
  await writeTinyCheckpoint(at('tiny.npz'));
  const describeWith = async (preprocessing: Preprocessing): Promise<void> => {
    const sidecar = JSON.parse(await readFile(at('tiny.json'), 'utf8')) as Sidecar;
    await writeFile(at('tiny.json'), JSON.stringify({ ...sidecar, preprocessing }));
  };
  const own = atResolution(deit(), [16, 16]);
  await describeWith(own);
  const config = { total_steps: 2, warmup_steps: 1, batch: 4, accum_steps: 1, 'pp.crop': 32, dataset: at('squares') };
  const train = (workdir: string): Promise<Ended> =>
    vitrine(
      [
        ...['train', `--workdir=${at(workdir)}`, `--checkpoint=${at('tiny.npz')}`, '--threads=1', '--json'],
        ...configFlags(config),
      ],
      wasm,
    );
  const lines = jsonLines(succeeded(await train('run')));
  const notes = lines.flatMap(({ type, text }) => (type === 'note' ? [text as string] : [])).join('\n');
  expect(notes).toContain('images are of 16x16 px; prepared in the same way for 32x32 px, cut out of 36x36 px');
  expect(notes).toContain('values (x / 255 − mean) / std');
  const { preprocessing } = JSON.parse(await readFile(at('run/model.json'), 'utf8')) as Sidecar;
  expect(preprocessing).toEqual({
    ...own,
    exif: 'exif',
    resolution: [32, 32],
    resized: { fit: 'stretch', size: [36, 36] },
  });

  // The run's own evaluation is that of "evaluate" on the model it wrote.
  const { loss } = json<{ loss: number }>(
    await vitrine(['evaluate', at('run/model.npz'), at('squares'), '--threads=1', '--json'], wasm),
  );
  const last = lines.findLast(({ type, values }) => type === 'metrics' && 'loss_test' in (values as object))!;
  expect((last['values'] as { loss_test: number }).loss_test).toBeCloseTo(loss, 5);

  // Another description beside the same weights: the run doesn't go on as if nothing had changed.
  await describeWith({ ...own, resize: 'bilinear' });
  const resumed = await train('run');
  expect(resumed.code).toBe(1);
  expect(resumed.stderr).toContain('its checkpoint asked for images prepared otherwise');
}, 180_000);

describe('EXIF orientation', () => {
  const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8];
  const SIZE = { width: 40, height: 24 };
  /** Noise of photographs, 24 x 40 px, all the same but for how they say they are to be turned. */
  const photo = (orientation: number): string => at(`turned-${orientation}.png`);

  beforeAll(async () => {
    const data = Uint8Array.from({ length: SIZE.width * SIZE.height * 3 }, (_, i) => (i * 89 + (i >> 5) * 31) & 0xff);
    for (const orientation of ORIENTATIONS) {
      const image = sharp(data, { raw: { ...SIZE, channels: 3 } });
      await image.withMetadata({ orientation }).png().toFile(photo(orientation));
    }
    succeeded(await vitrine(['export', at('deit'), '--to=npz', `--output=${at('follows')}`], wasm));
    await cp(at('follows'), at('ignores'), { recursive: true });
    const sidecar = JSON.parse(await readFile(at('follows/model.json'), 'utf8')) as Sidecar;
    expect(sidecar.preprocessing).toEqual(deit()); // the export keeps it
    sidecar.preprocessing.exif = 'exif';
    await writeFile(at('follows/model.json'), JSON.stringify(sidecar));
  }, 60_000);

  test.each(ORIENTATIONS)('%d: the file that is decoded is upright where it is followed', async (orientation) => {
    const items = [{ path: photo(orientation), label: null, name: 'a' }];
    const home = at('home');
    const { facts } = await inspectImages(items, { home });
    for (const exif of ['ignore', 'exif'] as const) {
      const paths = await importImages(items, { home, exif, facts });
      const way = { ...deit(), exif };
      const expected = prepareEval(await decodeImage(photo(orientation), { exif: exif === 'exif' }), way);
      // From the copy that TensorFlow's graph reads too, and from the file itself.
      for (const path of [paths.get(photo(orientation))!, photo(orientation)]) {
        const { images } = await loadBatch([{ path, label: null }], { mode: 'eval', preprocessing: way });
        expect(images).toEqual(expected);
      }
      const stored = await decodeImage(paths.get(photo(orientation))!);
      const lies = exif === 'exif' && orientation >= 5;
      expect([stored.height, stored.width]).toEqual(lies ? [SIZE.width, SIZE.height] : [SIZE.height, SIZE.width]);
    }
  });

  test.each(['wasm', 'tensorflow'])(
    'predict follows or ignores it, on %s',
    async (engine) => {
      if (engine === 'tensorflow' && process.env.VITRINE_ENGINE_DIR === undefined) return;
      const upright = at('upright.png');
      await sharp(photo(6)).autoOrient().png().toFile(upright);
      const env = { VITRINE_ENGINE: engine };
      const [turned, asIs] = await predicted(at('follows/model.npz'), [photo(6), upright], env);
      expect(turned).toEqual(asIs);
      const [ignored, stored] = await predicted(at('ignores/model.npz'), [photo(6), photo(1)], env);
      expect(ignored).toEqual(stored);
      expect(ignored).not.toEqual(turned);
    },
    120_000,
  );
});
