import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Dataset } from '../../../src-shared/contract/datasets.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { LibraryEvent } from '../../../src-shared/contract/events.ts';
import { openDatabase } from '../../database/open.ts';
import type { Database } from '../../database/open.ts';
import { ownIdentity } from '../../workers/process-liveness.ts';
import { createEvents } from '../events/service.ts';
import { createTasks } from '../tasks/service.ts';
import type { Tasks } from '../tasks/service.ts';
import { readImage } from './image-file.ts';
import { zipOf } from './make-zip.ts';
import { createDatasets } from './service.ts';
import type { Datasets } from './service.ts';
import { cifarBatch } from './sources/make-records.ts';

const DEMO = join(import.meta.dirname, '../../../resources/demo/digits.zip');

let home: string;
let photos: string;
let database: Database;
let tasks: Tasks;
let datasets: Datasets;
let events: LibraryEvent[];
const bugs: unknown[] = [];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-datasets-'));
  photos = join(home, 'photos');
  database = openDatabase(':memory:');
  tasks = createTasks((error) => bugs.push(error));
  events = [];
  const all = createEvents();
  datasets = createDatasets({
    database,
    events: { ...all, publish: (event) => void events.push(event) },
    tasks,
    paths: { home },
    fetchArchive: () => Promise.reject(new AppError('offline', 'Nothing is fetched here.')),
  });
  const pixel = await sharp({ create: { width: 4, height: 2, channels: 3, background: '#123' } })
    .png()
    .toBuffer();
  for (const name of ['train/cat/1', 'train/cat/2', 'train/dog/1', 'test/cat/3', 'test/dog/2']) {
    mkdirSync(join(photos, name, '..'), { recursive: true });
    writeFileSync(join(photos, `${name}.png`), pixel);
  }
});
afterEach(async () => {
  await tasks.close();
  database.close();
  rmSync(home, { recursive: true, force: true });
  expect(bugs).toEqual([]);
});

async function settled(id: string): Promise<Dataset> {
  for (let i = 0; i < 3000; i++) {
    const dataset = datasets.get(id);
    if (dataset.state === 'ready' || dataset.state === 'failed') return dataset;
    await setTimeout(10);
  }
  throw new Error('it goes on and on');
}

test('a folder is read behind the call: splits, classes, images by page, hash', async () => {
  const begun = await datasets.add({ path: photos, seed: 0 });
  expect(begun).toMatchObject({ name: 'photos', root: photos, state: 'reading', source: 'folder' });
  const dataset = await settled(begun.id);
  expect(dataset).toMatchObject({
    state: 'ready',
    layout: 'split/class',
    images: 5,
    classes: 2,
    splits: [
      { name: 'train', images: 3, unlabelled: 0 },
      { name: 'test', images: 2, unlabelled: 0 },
    ],
    bad: 0,
    checkedAt: null,
    error: null,
  });
  expect(dataset.manifestHash).toMatch(/^[0-9a-f]{64}$/);
  expect(datasets.classes(dataset.id)).toEqual([
    { index: 0, name: 'cat', images: { train: 2, test: 1 } },
    { index: 1, name: 'dog', images: { train: 1, test: 1 } },
  ]);
  const names: string[] = [];
  for (let after: number | null = -1; after !== null;) {
    const page = datasets.images({ id: dataset.id, split: 'train', after, limit: 2 });
    names.push(...page.images.map(({ name }) => name));
    after = page.next;
  }
  expect(names.sort()).toEqual(['train/cat/1.png', 'train/cat/2.png', 'train/dog/1.png']);
  const { images } = datasets.images({ id: dataset.id, label: 1, split: 'test', after: -1, limit: 10 });
  expect(images).toMatchObject([{ name: 'test/dog/2.png', class: 'dog', label: 1, bad: null }]);
  expect(datasets.imagePath(dataset.id, images[0]!.position)).toBe(join(photos, 'test/dog/2.png'));
  expect(datasets.list()).toEqual([dataset]);
  expect(events.at(-1)).toEqual({ topic: 'dataset', id: dataset.id, state: 'ready', progress: null });
});

test('checking finds the bad ones, says how far it is, and a refresh sees what changed', async () => {
  const { id } = await datasets.add({ path: photos, seed: 0 });
  const before = await settled(id);
  writeFileSync(join(photos, 'test/dog/2.png'), 'no image');
  writeFileSync(join(photos, 'train/cat/4.png'), '');
  expect(datasets.check(id).state).toBe('checking');
  const checked = await settled(id);
  expect(checked).toMatchObject({ bad: 1, checkedAt: expect.any(String) as string });
  expect(datasets.bad(id)).toMatchObject([{ name: 'test/dog/2.png', code: 'not_an_image' }]);
  const { images } = datasets.images({ id, split: 'test', after: -1, limit: 10 });
  expect(images.map(({ bad }) => bad?.code ?? null)).toEqual([null, 'not_an_image']);
  expect(events.some((event) => event.topic === 'dataset' && event.progress?.phase === 'check')).toBe(true);
  datasets.refresh(id);
  const fresh = await settled(id);
  expect(fresh).toMatchObject({ images: 6, checkedAt: null, bad: 0 });
  expect(fresh.manifestHash).not.toBe(before.manifestHash);
});

test("an archive is unpacked into the library and goes with the data set; a person's folder stays", async () => {
  const archive = join(home, 'Digits.ZIP');
  copyFileSync(DEMO, archive);
  const { id } = await datasets.add({ path: archive, seed: 0 });
  const dataset = await settled(id);
  expect(dataset).toMatchObject({ name: 'Digits', source: 'zip', images: 1797, classes: 10, error: null });
  expect(dataset.root).toBe(join(home, 'datasets', id));
  const own = await datasets.add({ path: photos, seed: 0 });
  await settled(own.id);
  await datasets.remove(id);
  await datasets.remove(own.id);
  expect(readdirSync(join(home, 'datasets'))).toEqual([]);
  expect(readdirSync(photos).sort()).toEqual(['test', 'train']);
  expect(database.prepare('SELECT count(*) FROM dataset_images').pluck().get()).toBe(0);
  expect(datasets.list()).toEqual([]);
});

test('a zip of CIFAR’s batches, wrapped in a folder: images by page, read again, and gone with the data set', async () => {
  const names = ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'];
  const members = names.map((name) => ({
    name: `mine/cifar-10-batches-bin/${name}.bin`,
    data: cifarBatch([[0], [1]]),
  }));
  const meta = { name: 'mine/cifar-10-batches-bin/batches.meta.txt', data: Buffer.from('airplane\nautomobile\n') };
  const archive = join(home, 'c10.zip');
  writeFileSync(archive, zipOf([...members, meta]));
  const { id } = await datasets.add({ path: archive, seed: 0 });
  const dataset = await settled(id);
  expect(dataset).toMatchObject({ state: 'ready', layout: 'cifar', images: 12, classes: 2, error: null });
  expect(dataset.root).toBe(join(home, 'datasets', id, 'mine/cifar-10-batches-bin'));
  const path = datasets.imagePath(id, 1);
  expect((await readImage(path)).subarray(0, 2).toString()).toBe('BM');
  datasets.refresh(id);
  expect(await settled(id)).toMatchObject({ state: 'ready', images: 12, manifestHash: dataset.manifestHash });
  await datasets.remove(id);
  expect(readdirSync(join(home, 'datasets'))).toEqual([]);

  // One that is unpacked but not sound can be mended and read again.
  writeFileSync(archive, zipOf(members));
  const broken = await datasets.add({ path: archive, seed: 0 });
  expect(await settled(broken.id)).toMatchObject({ state: 'failed', error: { code: 'bad_dataset' } });
  writeFileSync(archive, zipOf([...members, meta]));
  datasets.refresh(broken.id);
  expect(await settled(broken.id)).toMatchObject({ state: 'ready', images: 12, error: null });
});

test('what cannot be read is refused at once, or kept with the reason', async () => {
  await expect(datasets.add({ path: join(home, 'none'), seed: 0 })).rejects.toMatchObject({ code: 'not_found' });
  writeFileSync(join(home, 'file.txt'), '');
  await expect(datasets.add({ path: join(home, 'file.txt'), seed: 0 })).rejects.toMatchObject({ code: 'bad_dataset' });
  writeFileSync(join(home, 'bad.zip'), 'no archive');
  const bad = await datasets.add({ path: join(home, 'bad.zip'), seed: 0 });
  expect(await settled(bad.id)).toMatchObject({ state: 'failed', error: { code: 'bad_file' }, images: 0 });
  mkdirSync(join(home, 'empty'));
  const empty = await datasets.add({ path: join(home, 'empty'), seed: 0 });
  expect(await settled(empty.id)).toMatchObject({ state: 'failed', error: { code: 'bad_dataset' } });
  expect(() => datasets.check(empty.id)).toThrow(/not read yet/);
});

test('one at a time works on a data set, and can be stopped', async () => {
  const { id } = await datasets.add({ path: photos, seed: 0 });
  expect(() => datasets.refresh(id)).toThrow(/being worked on/);
  const cancelled = await datasets.cancel(id);
  expect(['failed', 'ready']).toContain(cancelled.state); // it may have been quicker
  datasets.refresh(id);
  expect(await settled(id)).toMatchObject({ state: 'ready', images: 5 });
});

test('what a killed process left half done is seen as such', async () => {
  const { id } = await datasets.add({ path: photos, seed: 0 });
  await settled(id);
  const gone = JSON.stringify({ ...ownIdentity(), started: '1' });
  database.prepare("UPDATE datasets SET state = 'reading', owner = ?").run(gone);
  expect(datasets.get(id)).toMatchObject({ state: 'failed', error: { code: 'interrupted' } });
  database.prepare("UPDATE datasets SET state = 'checking', owner = ?").run(gone);
  expect(datasets.get(id)).toMatchObject({ state: 'ready', images: 5, error: { code: 'interrupted' } });
  database.prepare("UPDATE datasets SET state = 'reading', owner = ?").run(JSON.stringify(ownIdentity()));
  expect(datasets.get(id).state).toBe('reading');
});

test('ids that do not exist', async () => {
  for (const name of ['get', 'refresh', 'check', 'classes', 'bad'] as const)
    expect(() => datasets[name]('none')).toThrow('There is no data set none.');
  await expect(datasets.cancel('none')).rejects.toMatchObject({ code: 'not_found' });
  await expect(datasets.remove('none')).rejects.toMatchObject({ code: 'not_found' });
  expect(() => datasets.imagePath('none', 0)).toThrow(/has no image 0/);
});
