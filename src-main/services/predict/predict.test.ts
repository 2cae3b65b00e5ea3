import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../database/open.ts';
import type { Database } from '../../database/open.ts';
import { createUploads } from '../uploads/service.ts';
import type { Uploads } from '../uploads/service.ts';
import { createPredict } from './service.ts';
import type { Predict } from './service.ts';

const root = join(import.meta.dirname, '../../..');
const CHECKPOINT = join(root, 'resources/demo/digits-vit.npz');
const IMAGE = join(root, 'bench/goldens/preprocess/jpeg_rgb_landscape/image.jpg');
const never = new AbortController().signal;

let home: string;
let database: Database;
let uploads: Uploads;
let predict: Predict;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-predict-'));
  database = openDatabase(':memory:');
  uploads = createUploads({ database, folder: join(home, 'uploads') });
  predict = createPredict({ uploads, home });
});
afterAll(() => {
  predict.close();
  database.close();
  rmSync(home, { recursive: true, force: true });
});

test('an uploaded image and one by its path get the same answer, and the engine is named', async () => {
  const body = new Blob([readFileSync(IMAGE)]).stream();
  const upload = await uploads.receive({ name: 'my photo.jpg', body, bytes: null, signal: never });
  const images = [{ path: IMAGE }, { upload: upload.id }];
  const {
    checkpoint,
    images: results,
    engine,
  } = await predict.images({ checkpoint: CHECKPOINT, images, top: 3 }, never);
  expect(checkpoint).toMatchObject({
    name: 'digits-vit.npz',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  expect(results.map(({ image }) => image)).toEqual([IMAGE, 'my photo.jpg']);
  expect(results[0]!.predictions).toEqual(results[1]!.predictions);
  const probabilities = results[0]!.predictions.map(({ probability }) => probability);
  expect(probabilities).toHaveLength(3);
  expect(probabilities).toEqual([...probabilities].sort((a, b) => b - a));
  expect(engine!.kind).toBe(process.env['VITRINE_ENGINE_DIR'] ? 'tensorflow' : 'wasm');
});

test('what is missing or no image is said to be', async () => {
  const ask = (images: ({ path: string } | { upload: string })[], checkpoint = CHECKPOINT) =>
    predict.images({ checkpoint, images, top: 5 }, never);
  await expect(ask([{ upload: 'none' }])).rejects.toMatchObject({ code: 'not_found' });
  await expect(ask([{ path: IMAGE }], '/none.npz')).rejects.toMatchObject({ code: 'not_found' });
  await expect(ask([{ path: IMAGE }], IMAGE)).rejects.toMatchObject({ code: 'bad_checkpoint' });
  await expect(ask([{ path: '/none.jpg' }, { path: CHECKPOINT }])).rejects.toMatchObject({
    code: 'bad_dataset',
    message: expect.stringContaining('2 images of 2 in the request') as string,
  });
});

test('an image that can not be read is said to be, beside the answers for the others', async () => {
  const ask = (images: { path: string }[]) =>
    predict.images({ checkpoint: CHECKPOINT, images, top: 2, skipBad: true }, never);
  const { images, checkpoint } = await ask([{ path: '/none.jpg' }, { path: IMAGE }, { path: CHECKPOINT }]);
  expect(images.map(({ problem }) => problem?.code ?? null)).toEqual(['unreadable', null, 'not_an_image']);
  expect(images.map(({ predictions }) => predictions.length)).toEqual([0, 2, 0]);
  expect(checkpoint).toMatchObject({ labelled: true, fingerprint: null });
  const none = await ask([{ path: '/none.jpg' }]);
  expect(none).toMatchObject({ engine: null, checkpoint: { sha256: null }, images: [{ predictions: [] }] });
});
