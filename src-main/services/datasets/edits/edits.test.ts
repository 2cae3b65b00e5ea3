import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import sharp, { type Sharp } from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Dataset } from '../../../../src-shared/contract/datasets.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { openDatabase } from '../../../database/open.ts';
import type { Database } from '../../../database/open.ts';
import { createEvents } from '../../events/service.ts';
import { createTasks } from '../../tasks/service.ts';
import type { Tasks } from '../../tasks/service.ts';
import { zipOf } from '../make-zip.ts';
import { prepareDataset } from '../prepare.ts';
import { openDataset } from '../scan.ts';
import { createDatasets } from '../service.ts';
import type { Datasets } from '../service.ts';

/** A picture of a few soft blobs, another for each seed: alike only to itself. */
function picture(height: number, width: number, seed = 0): Sharp {
  const small = Uint8Array.from({ length: 6 * 6 * 3 }, (_, i) => ((i + 1) * 7919 * (seed * 131 + 17)) >>> 7);
  return sharp(small, { raw: { width: 6, height: 6, channels: 3 } }).resize(width, height, { kernel: 'cubic' });
}

const NAMES = ['train/cat/1', 'train/cat/2', 'train/dog/1', 'train/dog/2', 'test/cat/3', 'test/dog/3'];

let home: string;
let photos: string;
let database: Database;
let tasks: Tasks;
let datasets: Datasets;
const bugs: unknown[] = [];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-edits-'));
  photos = join(home, 'photos');
  for (const [i, name] of NAMES.entries()) {
    mkdirSync(join(photos, name, '..'), { recursive: true });
    writeFileSync(join(photos, `${name}.png`), await picture(40, 40, i).png().toBuffer());
  }
  database = openDatabase(':memory:');
  tasks = createTasks((error) => bugs.push(error));
  datasets = createDatasets({
    ...{ database, tasks, events: createEvents(), paths: { home } },
    fetchArchive: () => Promise.reject(new AppError('offline', 'Nothing is fetched here.')),
  });
});
afterEach(async () => {
  await tasks.close();
  database.close();
  rmSync(home, { recursive: true, force: true });
  expect(bugs).toEqual([]);
});

async function settled(id: string): Promise<Dataset> {
  for (;;) {
    const dataset = datasets.get(id);
    if (dataset.state === 'ready' || dataset.state === 'failed') return dataset;
    await setTimeout(5);
  }
}

async function added(path = photos): Promise<Dataset> {
  return settled((await datasets.add({ path, seed: 0 })).id);
}

function positionOf(id: string, name: string): number {
  return datasets.images({ id, text: name, after: -1, limit: 10 }).images[0]!.position;
}

const training = () =>
  prepareDataset(photos, {
    ...{ home, splits: ['train', 'test'], exif: 'ignore', training: true },
    onProgress: () => {},
  });
const namesOf = (items: readonly { name: string }[]): string[] => items.map(({ name }) => name);

test('an image that is left out is in no training and no evaluation, and the manifest says so', async () => {
  const { id, manifestHash } = await added();
  const { dataset, before } = await datasets.edit(id, [{ position: positionOf(id, 'train/cat/2'), excluded: true }]);
  expect(dataset).toMatchObject({ images: 5, excluded: 1, relabelled: 0 });
  expect(dataset.splits).toMatchObject([
    { name: 'train', images: 3 },
    { name: 'test', images: 2 },
  ]);
  expect(dataset.manifestHash).not.toBe(manifestHash);
  const run = await training();
  expect(namesOf(run.selections['train']!)).toEqual(['train/cat/1.png', 'train/dog/1.png', 'train/dog/2.png']);
  expect(run.dataset.manifestHash).toBe(dataset.manifestHash);
  expect(run.notes).toContain('1 image left out in Vitrine.');
  // It is as if the file were not there, and the folder is untouched.
  expect(readdirSync(join(photos, 'train/cat')).sort()).toEqual(['1.png', '2.png']);
  rmSync(join(photos, 'train/cat/2.png'));
  expect((await openDataset(photos, { home })).manifestHash).toBe(dataset.manifestHash);
  await datasets.edit(id, before);
  expect(readdirSync(join(home, 'datasets/.edits'))).toEqual([]);
});

test('another class holds for training, is told, and undone it is as before', async () => {
  const { id, manifestHash } = await added();
  const position = positionOf(id, 'train/dog/1');
  const { dataset, before } = await datasets.edit(id, [{ position, label: 0 }]);
  expect(dataset).toMatchObject({ images: 6, excluded: 0, relabelled: 1 });
  const page = datasets.images({ id, only: 'relabelled', after: -1, limit: 10 });
  expect(page.images).toMatchObject([{ class: 'cat', listedClass: 'dog', relabelled: true }]);
  expect(datasets.classes(id)).toMatchObject([{ images: { train: 3, test: 1 } }, { images: { train: 1, test: 1 } }]);
  const run = await training();
  expect(run.selections['train']!.map(({ label }) => label)).toEqual([0, 0, 0, 1]);
  expect(run.dataset.manifestHash).toBe(dataset.manifestHash);
  // Both together, and a second data set of the same folder has the same.
  const again = await added();
  expect(again).toMatchObject({ relabelled: 1, manifestHash: dataset.manifestHash });
  expect((await datasets.edit(id, before)).dataset).toMatchObject({ relabelled: 0, manifestHash });
  expect(datasets.get(again.id)).toMatchObject({ relabelled: 0, manifestHash });
  await expect(datasets.edit(id, [{ position, label: 7 }])).rejects.toMatchObject({ code: 'usage' });
  await expect(datasets.edit(id, [{ position: 99, excluded: true }])).rejects.toMatchObject({ code: 'not_found' });
});

test('edits stay when the folder is read again, and go with the data set', async () => {
  const { id } = await added();
  const edits = [
    { position: positionOf(id, 'train/dog/1'), excluded: true },
    { position: positionOf(id, 'train/cat/1'), label: 1 },
  ];
  const { dataset } = await datasets.edit(id, edits);
  datasets.refresh(id);
  expect(await settled(id)).toMatchObject({ excluded: 1, relabelled: 1, manifestHash: dataset.manifestHash });
  expect(datasets.images({ id, only: 'excluded', after: -1, limit: 10 }).images).toMatchObject([
    { name: 'train/dog/1.png', excluded: true },
  ]);
  // A database that was lost finds them again by the folder.
  await tasks.cancel(id); // its last word
  database.exec('DELETE FROM datasets; DELETE FROM dataset_edits');
  const found = await added();
  expect(found).toMatchObject({ excluded: 1, relabelled: 1, manifestHash: dataset.manifestHash });
  await datasets.remove(found.id);
  expect(await openDataset(photos, { home })).toMatchObject({ notes: [] });
});

test('where Vitrine made the split, an image is known by its name in whichever split it comes', async () => {
  const flat = join(home, 'flat');
  for (let i = 0; i < 12; i++) {
    const name = join(flat, i % 2 ? 'cat' : 'dog', `${i}.png`);
    mkdirSync(join(name, '..'), { recursive: true });
    writeFileSync(name, await picture(40, 40, i).png().toBuffer());
  }
  const { id } = await added(flat);
  await datasets.edit(id, [{ position: 0, excluded: true }]);
  const other = await openDataset(flat, { home, seed: 12 });
  expect(Object.values(other.splits).flat()).toHaveLength(11);
});

test('a file of edits that cannot be read stops a run, and says which', async () => {
  const { id } = await added();
  await datasets.edit(id, [{ position: 0, excluded: true }]);
  const [file] = readdirSync(join(home, 'datasets/.edits'));
  const path = join(home, 'datasets/.edits', file!);
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, 40));
  await expect(training()).rejects.toMatchObject({
    code: 'bad_file',
    message: expect.stringContaining(path) as string,
  });
});

test('pages begin anywhere, and count what is left', async () => {
  const { id } = await added();
  await datasets.edit(id, [{ position: 0, excluded: true }]);
  const page = datasets.images({ id, after: -1, offset: 3, limit: 10 });
  expect([page.total, page.next, page.images.map(({ position }) => position)]).toEqual([5, null, [4, 5]]);
  expect(datasets.images({ id, text: 'DOG', after: -1, limit: 1 })).toMatchObject({ total: 3, next: 2 });
  expect(await datasets.image(id, 2)).toMatchObject({ name: 'train/dog/1.png', width: 40, height: 40, format: 'png' });
});

test('health: what is found is told until it is mended', async () => {
  const twin = await picture(40, 40, 1).png().toBuffer();
  writeFileSync(join(photos, 'train/cat/twin.png'), twin);
  writeFileSync(join(photos, 'test/cat/leak.png'), readFileSync(join(photos, 'train/dog/1.png')));
  writeFileSync(join(photos, 'test/dog/icon.png'), await picture(16, 16, 77).png().toBuffer());
  writeFileSync(join(photos, 'train/dog/cut.png'), twin.subarray(0, 100));
  const { id } = await added();
  expect(datasets.health(id)).toMatchObject({ at: null, findings: [], imbalance: { ratio: 1 } });
  datasets.examine(id);
  expect(await settled(id)).toMatchObject({ bad: 1, compared: true });
  const { findings, at } = datasets.health(id);
  expect(at).not.toBeNull();
  expect(findings.map(({ kind, total }) => [kind, total])).toEqual([
    ['bad', 1],
    ['exactLeak', 1],
    ['exactDuplicate', 1],
    ['tiny', 1],
  ]);
  const spare = findings.flatMap(({ groups }) => groups.flatMap(({ images }) => images.filter((image) => image.spare)));
  expect(namesOf(spare)).toEqual(['train/dog/cut.png', 'train/cat/twin.png', 'test/dog/icon.png']);
  await datasets.edit(
    id,
    spare.map(({ position }) => ({ position: position!, excluded: true })),
  );
  // The copies of several classes are left to a person.
  const left = datasets.health(id).findings;
  expect(left).toMatchObject([{ kind: 'exactLeak', groups: [{ conflict: true }] }]);
});

test('a look adds nothing: folders, archives, and what is neither', async () => {
  const { signal } = new AbortController();
  expect(await datasets.look({ path: photos, signal })).toMatchObject({
    name: 'photos',
    ...{ layout: 'split/class', images: 6, classes: 2, classNames: ['cat', 'dog'], notTrainable: null },
    splits: [
      { name: 'train', images: 4 },
      { name: 'test', images: 2 },
    ],
  });
  const data = await picture(40, 40).png().toBuffer();
  const zip = join(home, 'pets.zip');
  writeFileSync(
    zip,
    zipOf([
      { name: 'a.png', data },
      { name: 'b.png', data },
      { name: 'labels.csv', data: Buffer.from('path,label\na.png,cat\nb.png,dog\n') },
    ]),
  );
  expect(await datasets.look({ path: zip, signal })).toMatchObject({
    layout: 'table',
    images: 2,
    classNames: ['cat', 'dog'],
  });
  writeFileSync(zip, zipOf([{ name: 'x.parquet', data }]));
  expect(await datasets.look({ path: zip, signal })).toMatchObject({ layout: null, notes: [expect.any(String)] });
  writeFileSync(zip, 'no archive');
  await expect(datasets.look({ path: zip, signal })).rejects.toMatchObject({ code: 'bad_file' });
  mkdirSync(join(home, 'empty'));
  await expect(datasets.look({ path: join(home, 'empty'), signal })).rejects.toMatchObject({ code: 'bad_dataset' });
  expect(datasets.list()).toEqual([]);
  expect(readdirSync(join(home, 'cache')).filter((name) => name.startsWith('look'))).toEqual([]);
});
