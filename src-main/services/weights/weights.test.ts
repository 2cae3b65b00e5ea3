import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  filtersSchema,
  positionSimilaritySchema,
  tensorStatisticsSchema,
} from '../../../src-shared/contract/weights.ts';
import { openDatabase, type Database } from '../../database/open.ts';
import { createCheckpoints, inspectInWorker, type Checkpoints } from '../checkpoints/service.ts';
import { createEvents } from '../events/service.ts';
import { createWeights } from './service.ts';

const GOLDENS = join(import.meta.dirname, '../../../bench/goldens');
let home: string;
let database: Database;
let checkpoints: Checkpoints;
const folder = (): string => join(home, 'cache', 'weights');

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-weights-'));
  database = openDatabase(':memory:');
  checkpoints = createCheckpoints({
    database,
    events: createEvents(),
    folder: join(home, 'checkpoints'),
    inspect: inspectInWorker(),
  });
});
afterEach(() => {
  database.close();
  rmSync(home, { recursive: true, force: true });
});

async function imported(name: string): Promise<number> {
  const { added } = await checkpoints.import(join(GOLDENS, name), { mode: 'link' });
  return added[0]!.id;
}

test('what is computed once is kept under the file’s sum, and pictures come in parts', async () => {
  const id = await imported('models/vit_tiny16/checkpoint.npz');
  const weights = createWeights({ checkpoints, folder: folder() });
  const tensor = await weights.tensor({ id, name: 'embedding/kernel' });
  expect(v.parse(tensorStatisticsSchema, tensor)).toMatchObject({ count: 16 * 16 * 3 * 32, nan: 0 });
  const whole = v.parse(filtersSchema, await weights.filters({ id, from: 0, count: 256 }));
  expect(whole).toMatchObject({ size: [16, 16], filters: 32, from: 0, count: 32 });
  const positions = v.parse(positionSimilaritySchema, await weights.posEmbedding(id));
  expect(positions).toMatchObject({ grid: [4, 4], prefix: [{ token: 'class' }] });
  expect(readdirSync(folder()).sort()).toEqual([
    expect.stringMatching(/\.filters\.bin$/),
    expect.stringMatching(/\.filters\.json$/),
    expect.stringMatching(/\.positions\.json$/),
    expect.stringMatching(/\.tensors\.json$/),
  ]);
  // Nobody computes again.
  const idle = () => Promise.reject(new Error('a worker was asked'));
  const again = createWeights({
    checkpoints,
    folder: folder(),
    look: { tensors: idle, filters: idle, positions: idle },
  });
  expect(await again.tensor({ id, name: 'embedding/kernel' })).toEqual(tensor);
  expect(await again.posEmbedding(id)).toEqual(positions);
  const part = await again.filters({ id, from: 30, count: 8 });
  expect([part.from, part.count]).toEqual([30, 2]);
  const bytes = Buffer.from(whole.pixels, 'base64');
  expect(Buffer.from(part.pixels, 'base64')).toEqual(bytes.subarray(30 * 768));
  expect(await again.filters({ id, from: 99, count: 8 })).toMatchObject({ from: 32, count: 0, pixels: '' });
  // Emptied, it is made again.
  for (const name of readdirSync(folder())) if (name.endsWith('.bin')) rmSync(join(folder(), name));
  expect(await weights.filters({ id, from: 0, count: 256 })).toEqual(whole);
});

test('what isn’t there and what doesn’t apply is said', async () => {
  const weights = createWeights({ checkpoints, folder: folder() });
  await expect(weights.posEmbedding(7)).rejects.toMatchObject({ code: 'not_found' });
  const mixer = await imported('models/mixer_tiny16/checkpoint.npz');
  await expect(weights.posEmbedding(mixer)).rejects.toMatchObject({ code: 'usage' });
  await expect(weights.tensor({ id: mixer, name: 'no/such' })).rejects.toMatchObject({ code: 'not_found' });
  expect(await weights.filters({ id: mixer, from: 0, count: 1 })).toMatchObject({ of: 'patches', name: 'stem/kernel' });
});
