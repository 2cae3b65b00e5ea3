import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeBmp } from '../../../../src-shared/data/bmp.ts';
import { selectItems } from '../../../../src-shared/data/splits.ts';
import { readImage } from '../image-file.ts';
import { makeScratch, picture, type Scratch } from '../make-images.ts';
import { prepareDataset } from '../prepare.ts';
import { openDataset } from '../scan.ts';
import { thumbnailOf } from '../thumbnails.ts';
import { cifarBatch, example, tfdsFiles, tfRecords } from './make-records.ts';

let scratch: Scratch;
let home: string;
const jpegs: Buffer[] = [];
beforeAll(async () => {
  scratch = await makeScratch();
  home = join(scratch.folder, 'home');
  for (let i = 0; i < 6; i++) jpegs.push(await picture(12, 16, i).jpeg().toBuffer());
});
afterAll(() => scratch.remove());

const open = (name: string) => openDataset(join(scratch.folder, name), { home });
const prepare = (name: string, splits: string[]) =>
  prepareDataset(join(scratch.folder, name), { home, splits, exif: 'ignore', training: true });

describe('a labels file as the data set', () => {
  beforeAll(async () => {
    for (let i = 0; i < 4; i++) await scratch.write(`much/else/${i}.jpg`, jpegs[i]!);
    await scratch.write('much/unrelated/x.jpg', jpegs[5]!);
  });

  test('names its images, and nothing else is read', async () => {
    const rows = ['cat', 'dog', 'cat', 'dog'].map((label, i) => `else/${i}.jpg,${label},${i < 2 ? 'train' : 'test'}`);
    await scratch.write('much/mine.csv', `path,label,split\n${rows.join('\n')}\n`);
    const dataset = await open('much/mine.csv');
    expect(dataset).toMatchObject({ layout: 'table', classNames: ['cat', 'dog'], ignored: [], bad: [] });
    expect(dataset.splits['test']!.map(({ name, label }) => [name, label])).toEqual([
      ['else/2.jpg', 0],
      ['else/3.jpg', 1],
    ]);
    expect(dataset.splits['train']![0]!.path).toBe(join(scratch.folder, 'much/else/0.jpg'));
  });

  test('as JSON lines, with absolute paths and one that is not there', async () => {
    const paths = [0, 1, 2, 3, 9].map((i) => join(scratch.folder, `much/else/${i}.jpg`));
    const lines = paths.map((file, i) => JSON.stringify({ file, label: i % 2 ? 'b' : 'a' }));
    await scratch.write('much/mine.jsonl', lines.join('\n'));
    const dataset = await open('much/mine.jsonl');
    expect(Object.values(dataset.splits).flat().length).toBe(4);
    expect(dataset.bad).toMatchObject([{ code: 'missing' }]);
  });

  test.each([
    ['a.csv', 'who,what\n1,2\n', 'it has no columns for path and label (it has who, what)'],
    ['b.csv', 'path,label\n', 'it has no rows'],
    ['c.csv', 'path,label\nnope.jpg,a\n', 'none of the 1 file that it names is there'],
    ['d.csv', 'path,label\nelse/0.jpg,a\n../x.jpg,b\n', 'names "../x.jpg", which lies outside'],
  ])('%s: %s', async (name, text, message) => {
    await scratch.write(`much/${name}`, text);
    await expect(open(`much/${name}`)).rejects.toThrow(message);
  });
});

describe('a directory that tfds has prepared', () => {
  const CLASSES = ['zebra', 'ant', 'bee'];
  const write = async (folder: string, files: Record<string, Uint8Array | string>) => {
    for (const [name, data] of Object.entries(files)) await scratch.write(`${folder}/${name}`, data);
  };
  const records = (from: number, labels: number[]) =>
    tfRecords(labels.map((label, i) => example({ file_name: Buffer.from('x'), image: jpegs[from + i]!, label })));

  beforeAll(() =>
    write('tfds/pets/1.0.0', {
      ...tfdsFiles(CLASSES, { test: [1], train: [2, 3] }),
      'pets-train.tfrecord-00000-of-00002': records(0, [2, 1]),
      'pets-train.tfrecord-00001-of-00002': records(2, [0, 0, 1]),
      'pets-test.tfrecord-00000-of-00001': records(5, [-1]),
    }),
  );

  test('keeps its classes in their order, its images in their records', async () => {
    const dataset = await open('tfds/pets');
    expect(dataset).toMatchObject({ layout: 'tfds', classNames: CLASSES, notTrainable: null });
    expect(Object.keys(dataset.splits)).toEqual(['train', 'test']);
    const train = dataset.splits['train']!;
    expect(train.map(({ name, label }) => [name, label])).toEqual([
      ['pets-train.tfrecord-00000-of-00002#0', 2],
      ['pets-train.tfrecord-00000-of-00002#1', 1],
      ['pets-train.tfrecord-00001-of-00002#0', 0],
      ['pets-train.tfrecord-00001-of-00002#1', 0],
      ['pets-train.tfrecord-00001-of-00002#2', 1],
    ]);
    for (const [i, { path }] of train.entries()) expect(await readImage(path)).toEqual(jpegs[i]);
    expect(dataset.splits['test']![0]!.label).toBeNull();
    // A slice counts along the records, as tfds does.
    expect(selectItems(dataset, 'train[40%:]').items).toEqual(train.slice(2));
    expect((await openDataset(join(scratch.folder, 'tfds'), { home })).manifestHash).toBe(dataset.manifestHash);
  });

  test('is prepared for a run like any other, and found again by what was kept', async () => {
    for (let turn = 0; turn < 2; turn++) {
      const { selections, bad } = await prepare('tfds/pets', ['train[:4]', 'train[4:]']);
      expect(bad).toEqual([]);
      expect(selections['train[4:]']!.map(({ name }) => name)).toEqual(['pets-train.tfrecord-00001-of-00002#2']);
    }
    const first = (await open('tfds/pets')).splits['train']![0]!;
    expect((await sharp((await thumbnailOf(first.path, { home, side: 256 })).bytes).metadata()).width).toBe(16);
  });

  test('what TensorFlow does not decode is converted, record by record', async () => {
    const webp = await picture(8, 8, 3).webp({ lossless: true }).toBuffer();
    await write('webps/1.0.0', {
      ...tfdsFiles(CLASSES, { train: [2] }),
      'pets-train.tfrecord-00000-of-00001': tfRecords([
        example({ image: webp, label: 0 }),
        example({ image: jpegs[1]!, label: 1 }),
      ]),
    });
    const { selections } = await prepare('webps', ['train']);
    const [copy, own] = selections['train']!;
    expect(copy!.decodePath).toMatch(/\.png$/);
    expect(await sharp(copy!.decodePath).raw().toBuffer()).toEqual(await sharp(webp).raw().toBuffer());
    expect(own!.decodePath).toBe(own!.path);
  });

  test('a record that is no image is bad, by its number', async () => {
    await write('sick/1.0.0', {
      ...tfdsFiles(CLASSES, { train: [2] }),
      'pets-train.tfrecord-00000-of-00001': tfRecords([
        example({ image: jpegs[0]!, label: 0 }),
        example({ image: jpegs[1]!.subarray(0, 300), label: 1 }),
      ]),
    });
    await expect(prepare('sick', ['train'])).rejects.toThrow(
      'pets-train.tfrecord-00000-of-00001#1: the file is cut off',
    );
  });

  test.each<[string, (bytes: Buffer) => Buffer, string]>([
    ['data', (b) => flip(b, 40), "is damaged at record 0 (byte 0): its data's checksum is wrong"],
    ['length', (b) => flip(b, 1), "is damaged at record 0 (byte 0): its length's checksum is wrong"],
    ['end', (b) => b.subarray(0, b.length - 9), `is damaged at record 1 (byte `],
  ])('a damaged TFRecord is named with record and byte: %s', async (what, spoil, message) => {
    await write(`damaged-${what}`, {
      ...tfdsFiles(CLASSES, { train: [2] }),
      'pets-train.tfrecord-00000-of-00001': spoil(records(0, [0, 1])),
    });
    await expect(open(`damaged-${what}`)).rejects.toThrow(message);
  });

  test.each<[string, Record<string, Uint8Array | string>, string]>([
    [
      'label',
      { 'pets-train.tfrecord-00000-of-00001': records0([5]) },
      'record 0 has the label 5, and there are 3 classes',
    ],
    ['count', { 'pets-train.tfrecord-00000-of-00001': records0([1, 1]) }, 'has 2 records, and its description 1'],
    ['shard', {}, 'the split "train" has 0 of 1 files'],
    [
      'image',
      { 'pets-train.tfrecord-00000-of-00001': tfRecords([example({ label: 1 })]) },
      'record 0 has no image "image"',
    ],
    ['json', { 'features.json': '{' }, 'features.json is not JSON'],
    ['features', { 'features.json': '{"featuresDict":{"features":{"x":{}}}}' }, 'its features hold no image: x'],
    ['names', { 'label.labels.txt': 'a\n' }, 'label.labels.txt names 1 classes, and features.json has 3'],
  ])('is refused where it is not as described: %s', async (what, files, message) => {
    await write(`wrong-${what}`, { ...tfdsFiles(CLASSES, { train: [1] }), ...files });
    await expect(open(`wrong-${what}`)).rejects.toThrow(message);
  });
});

function records0(labels: number[]): Buffer {
  return tfRecords(labels.map((label) => example({ image: Buffer.from('x'), label })));
}

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
}

describe('image data in Parquet', () => {
  const testdata = new URL('../testdata/', import.meta.url);
  const put = async (folder: string, ...names: string[]) => {
    for (const name of names)
      await scratch.write(`${folder}/${name}`, await readFile(new URL(basename(name), testdata)));
  };

  test.each(['', 'data/'])(
    'names, labels and bytes come from the files, whatever compressed them: %s',
    async (below) => {
      const names = ['train-00000-of-00002', 'train-00001-of-00002', 'test-00000-of-00001'].map(
        (n) => `${below}${n}.parquet`,
      );
      await put(`hf${below}`, ...names);
      const dataset = await open(`hf${below}`);
      expect(dataset).toMatchObject({ layout: 'parquet', classNames: ['zebra', 'ant'], notTrainable: null });
      expect(dataset.splits['train']!.map(({ name, label }) => [name, label])).toEqual([
        [`${names[0]}#0`, 0],
        [`${names[0]}#1`, 1],
        [`${names[0]}#2`, 1],
        [`${names[1]}#0`, 0],
      ]);
      expect(dataset.splits['test']!.map(({ label }) => label)).toEqual([1, null]);
      for (const [i, { path }] of dataset.splits['train']!.entries()) {
        const { data } = await sharp(await readImage(path))
          .raw()
          .toBuffer({ resolveWithObject: true });
        expect([...data.subarray(0, 3)]).toEqual([i, 10 * i, 200]);
      }
      expect((await prepare(`hf${below}`, ['train'])).selections['train']!.length).toBe(4);
    },
  );

  test('without a column of images it is refused, naming its columns; damaged it is named', async () => {
    await put('no', 'no-image.parquet');
    await expect(open('no')).rejects.toThrow('no-image.parquet has no column of images: it has "text", "label".');
    await expect(open('no/no-image.parquet')).rejects.toMatchObject({ code: 'bad_dataset' });
    await scratch.write('cutp/train.parquet', 'PAR1 nothing PAR1');
    await expect(open('cutp')).rejects.toMatchObject({
      code: 'bad_file',
      message: expect.stringContaining("train.parquet can't be read as Parquet") as string,
    });
  });
});

describe("CIFAR's binary batches", () => {
  const cifar10 = async (folder: string, batches: Buffer[]) => {
    for (const [i, batch] of batches.entries())
      await scratch.write(`${folder}/${i < 5 ? `data_batch_${i + 1}` : 'test_batch'}.bin`, batch);
    await scratch.write(`${folder}/batches.meta.txt`, 'airplane\nautomobile\nbird\n\n');
  };

  test('become one pack a split, pixel by pixel, in their order', async () => {
    const batches = [0, 1, 2, 3, 4, 5].map((i) => cifarBatch([[i % 3], [(i + 1) % 3]]));
    await cifar10('c10/cifar-10-batches-bin', batches);
    const dataset = await open('c10');
    expect(dataset).toMatchObject({ layout: 'cifar', classNames: ['airplane', 'automobile', 'bird'] });
    const train = dataset.splits['train']!;
    expect(train.map(({ label }) => label)).toEqual([0, 1, 1, 2, 2, 0, 0, 1, 1, 2]);
    expect(train[3]!.name).toBe('data_batch_2.bin#1');
    const { data } = decodeBmp(await readImage(train[3]!.path));
    const planes = batches[1]!.subarray(3073 + 1);
    expect([...data.subarray(0, 6)]).toEqual([0, 1024, 2048, 1, 1025, 2049].map((p) => planes[p]));
    expect(selectItems(dataset, 'train[:98%]').items).toEqual(train.slice(0, 10));
    const { selections } = await prepare('c10', ['train', 'test']);
    expect(selections['test']!.length).toBe(2);
  });

  test('CIFAR-100 takes the fine label', async () => {
    await scratch.write(
      'c100/train.bin',
      cifarBatch([
        [9, 1],
        [9, 0],
      ]),
    );
    await scratch.write('c100/test.bin', cifarBatch([[9, 1]]));
    await scratch.write('c100/fine_label_names.txt', 'apple\nbowl\n');
    const { splits, classNames } = await open('c100');
    expect(classNames).toEqual(['apple', 'bowl']);
    expect(splits['train']!.map(({ label }) => label)).toEqual([1, 0]);
  });

  test('is refused where it is cut off, mislabelled, incomplete or pickled', async () => {
    const good = cifarBatch([[0]]);
    await cifar10('cut', [good, good, good, good, good, good.subarray(1)]);
    await expect(open('cut')).rejects.toThrow('test_batch.bin has 3072 bytes, no multiple of its records of 3073');
    await cifar10('label', [good, good, cifarBatch([[1], [3]]), good, good, good]);
    await expect(open('label')).rejects.toThrow(
      'record 1 of data_batch_3.bin has the label 3, and there are 3 classes',
    );
    await cifar10('few', [good, good]);
    await expect(open('few')).rejects.toThrow('the batch data_batch_3.bin is missing');
    await mkdir(join(scratch.folder, 'pickled/cifar-10-batches-py'), { recursive: true });
    await writeFile(join(scratch.folder, 'pickled/cifar-10-batches-py/batches.meta'), 'x');
    await expect(open('pickled')).rejects.toMatchObject({
      message: expect.stringContaining('Python version, whose pickled files are not read') as string,
      hint: expect.stringContaining('cifar-10-binary.tar.gz') as string,
    });
  });
});
