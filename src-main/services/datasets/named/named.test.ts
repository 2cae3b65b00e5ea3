import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isDatasetName, NAMED, type DatasetName, type NamedFile } from '../../../../src-shared/data/named.ts';
import { makeScratch, picture, type Scratch } from '../make-images.ts';
import { tarOf } from '../make-tar.ts';
import { openDataset } from '../scan.ts';
import { cifarBatch } from '../sources/make-records.ts';
import { addNamed, type FetchArchive } from './add-named.ts';

let scratch: Scratch;
let jpeg: Buffer;
beforeAll(async () => {
  scratch = await makeScratch();
  jpeg = await picture().jpeg().toBuffer();
});
afterAll(() => scratch.remove());

const never: FetchArchive = () => Promise.reject(new Error('nothing is to be fetched'));

/** Small archives of the published names and layout, as files of a registry. */
async function publish(name: DatasetName, contents: Record<string, Record<string, Uint8Array | string> | Uint8Array>) {
  const folder = join(scratch.folder, 'published', name);
  const files: NamedFile[] = [];
  for (const { url } of NAMED[name].files) {
    const file = basename(url);
    const content = contents[file]!;
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, file), content instanceof Uint8Array ? content : gzipSync(tarOf(content)));
    const bytes = await readFile(join(folder, file));
    files.push({ url, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  return { folder, files };
}

async function add(name: DatasetName, contents: Parameters<typeof publish>[1]) {
  const home = join(scratch.folder, `home-${name}`);
  const { folder: from, files } = await publish(name, contents);
  const options = { folder: join(home, 'datasets'), from, files, fetch: never, onProgress: () => {} };
  await addNamed(name, { ...options, signal: new AbortController().signal });
  expect(await readdir(join(home, 'datasets'))).toEqual([name]);
  return openDataset(name, { home });
}

const labelsOf = (rows: { name: string; label: number | null }[]) => rows.map(({ name, label }) => [name, label]);

test('CIFAR-10 by its name', async () => {
  const batch = cifarBatch([[0], [1]]);
  const bins = ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'];
  const folder = 'cifar-10-batches-bin';
  const contents = Object.fromEntries(bins.map((bin) => [`${folder}/${bin}.bin`, batch]));
  const dataset = await add('cifar10', {
    'cifar-10-binary.tar.gz': { ...contents, [`${folder}/batches.meta.txt`]: 'airplane\nautomobile\n' },
  });
  expect(dataset).toMatchObject({ layout: 'cifar', classNames: ['airplane', 'automobile'] });
  expect(dataset.splits['train']!.length).toBe(10);
});

test('pets: classes in the order of their numbers, splits of the lists', async () => {
  const names = ['Abyssinian_1', 'american_bulldog_2', 'Abyssinian_3'];
  const dataset = await add('oxford_iiit_pet', {
    'images.tar.gz': Object.fromEntries(names.map((name) => [`images/${name}.jpg`, jpeg])),
    'annotations.tar.gz': {
      'annotations/trainval.txt': 'Abyssinian_1 1 1 1\namerican_bulldog_2 2 2 1\n',
      'annotations/test.txt': 'Abyssinian_3 1 1 1\n',
    },
  });
  expect(dataset.classNames).toEqual(['Abyssinian', 'american_bulldog']);
  expect(labelsOf(dataset.splits['test']!)).toEqual([['images/Abyssinian_3.jpg', 0]]);
});

/** A MAT-file of level 5: matrices of one row, compressed as MATLAB writes them. */
function mat(matrices: Record<string, number[]>): Buffer {
  const element = (type: number, data: Buffer) => {
    const tag = Buffer.alloc(8);
    tag.writeUInt32LE(type, 0);
    tag.writeUInt32LE(data.length, 4);
    return Buffer.concat([tag, data, Buffer.alloc(type === 15 ? 0 : (8 - (data.length % 8)) % 8)]);
  };
  const ints = (...values: number[]) => Buffer.from(Int32Array.from(values).buffer);
  const parts = Object.entries(matrices).map(([name, values]) => {
    const small = Buffer.alloc(8); // up to four bytes lie in the tag
    small.writeUInt32LE((name.length << 16) | 1, 0);
    small.write(name.slice(0, 4), 4);
    const named = name.length <= 4 ? small : element(1, Buffer.from(name));
    const body = [
      element(6, ints(4, 0)),
      element(5, ints(1, values.length)),
      named,
      element(4, Buffer.from(Uint16Array.from(values).buffer)),
    ];
    return element(15, deflateSync(element(14, Buffer.concat(body))));
  });
  return Buffer.concat([Buffer.alloc(128), ...parts]);
}

test('flowers: labels and splits of the MATLAB files', async () => {
  const dataset = await add('oxford_flowers102', {
    '102flowers.tgz': Object.fromEntries([1, 2, 3, 4].map((i) => [`jpg/image_0000${i}.jpg`, jpeg])),
    'imagelabels.mat': mat({ labels: [2, 1, 2, 1] }),
    'setid.mat': mat({ trnid: [4, 1], valid: [2], tstid: [3] }),
  });
  expect(dataset.classNames).toEqual(['1', '2']);
  expect(labelsOf(dataset.splits['train']!)).toEqual([
    ['jpg/image_00004.jpg', 0],
    ['jpg/image_00001.jpg', 1],
  ]);
  expect(Object.keys(dataset.splits)).toEqual(['train', 'validation', 'test']);
});

test('tf_flowers has one split; a test split is asked for as a part of it', async () => {
  const classes = ['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips'];
  const images = classes.flatMap((name) => [1, 2, 3, 4].map((i) => [`flower_photos/${name}/${i}.jpg`, jpeg] as const));
  const dataset = await add('tf_flowers', { 'flower_photos.tgz': Object.fromEntries(images) });
  expect(Object.keys(dataset.splits)).toEqual(['train']);
  expect(dataset.classNames[0]).toBe('dandelion');
  const home = join(scratch.folder, 'home-tf_flowers');
  const [train, test] = await Promise.all(
    ['train[:90%]', 'train[90%:]'].map(
      async (split) => (await openDataset('tf_flowers', { home, split })).splits[split]!,
    ),
  );
  expect([train!.length, test!.length]).toEqual([18, 2]);
});

test('ImageNet-v2: folders are numbers of classes', async () => {
  const dataset = await add('imagenet_v2', {
    'imagenetv2-matched-frequency.tar.gz': Object.fromEntries(
      ['0', '10', '2'].map((id) => [`imagenetv2-matched-frequency-format-val/${id}/x.jpeg`, jpeg]),
    ),
  });
  expect(dataset.classNames.length).toBe(1000);
  expect(dataset.splits['test']!.map(({ label }) => label)).toEqual([0, 2, 10]);
  expect(dataset.classNames[0]).toBe('n01440764');
});

test('another file than the published one is refused, and nothing is left', async () => {
  const { folder: from, files } = await publish('cifar100', { 'cifar-100-binary.tar.gz': { x: 'y' } });
  const folder = join(scratch.folder, 'home-bad', 'datasets');
  const options = { folder, from, fetch: never, onProgress: () => {}, signal: new AbortController().signal };
  const other = files.map((file) => ({ ...file, sha256: '0'.repeat(64) }));
  await expect(addNamed('cifar100', { ...options, files: other })).rejects.toMatchObject({
    code: 'bad_file',
    message: expect.stringContaining('is not the published file: its SHA-256 is') as string,
  });
  await expect(addNamed('cifar100', options)).rejects.toThrow('168513733 are published');
  expect(await readdir(folder)).toEqual([]);
  await expect(addNamed('cifar100', { ...options, from: join(folder, 'gone') })).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('a name that is not here says how to get it', async () => {
  await expect(openDataset('cifar10', { home: join(scratch.folder, 'empty') })).rejects.toMatchObject({
    code: 'not_found',
    hint: expect.stringContaining('vitrine data add cifar10') as string,
  });
  // One that can't be fetched is given, as it was prepared.
  await expect(openDataset('imagenet2012', { home: join(scratch.folder, 'empty') })).rejects.toMatchObject({
    message: 'The data set imagenet2012 is not in the library.',
    hint: expect.stringContaining('vitrine data add imagenet2012 --from FOLDER') as string,
  });
  expect(isDatasetName('toString')).toBe(false);
  expect(existsSync(join(scratch.folder, 'empty'))).toBe(false);
});
