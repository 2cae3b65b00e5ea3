import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readImage } from '../image-file.ts';
import { makeScratch, picture, type Scratch } from '../make-images.ts';
import { zipOf } from '../make-zip.ts';
import { prepareDataset } from '../prepare.ts';
import { openDataset } from '../scan.ts';
import { cifarBatch, example, tfdsFiles, tfRecords } from './make-records.ts';

const TESTDATA = join(import.meta.dirname, '../testdata');

let scratch: Scratch;
let home: string;
const jpegs: Buffer[] = [];
beforeAll(async () => {
  scratch = await makeScratch();
  home = join(scratch.folder, 'home');
  for (let i = 0; i < 2; i++) jpegs.push(await picture(12, 16, i).jpeg().toBuffer());
});
afterAll(() => scratch.remove());

const open = (name: string) => openDataset(join(scratch.folder, name), { home });

describe('a zip of a data set in larger files', () => {
  const zipped = (name: string, files: Record<string, Uint8Array | string>): Promise<string> =>
    scratch.write(name, zipOf(Object.entries(files).map(([name, data]) => ({ name, data: Buffer.from(data) }))));
  const cifar = (labels: number[][], folder = 'cifar-10-batches-bin/'): Record<string, Uint8Array | string> => ({
    ...Object.fromEntries(
      [1, 2, 3, 4, 5].map((i) => [`${folder}data_batch_${i}.bin`, cifarBatch(labels.map((own) => [own[0]!]))]),
    ),
    [`${folder}test_batch.bin`]: cifarBatch([[1]]),
    [`${folder}batches.meta.txt`]: 'airplane\nautomobile\n',
    [`${folder}readme.html`]: 'left out',
  });
  const tfds = (records: Buffer): Record<string, Uint8Array | string> =>
    Object.fromEntries(
      Object.entries({
        ...tfdsFiles(['zebra', 'ant'], { train: [2] }),
        'pets-train.tfrecord-00000-of-00001': records,
      }).map(([name, data]) => [`pets/1.0.0/${name}`, data]),
    );
  const sound = () => tfRecords([0, 1].map((label) => example({ image: jpegs[label]!, label })));

  test('is read as its folder is, and unpacked once', async () => {
    await zipped('c10.zip', cifar([[0], [1]]));
    const first = await open('c10.zip');
    expect(first).toMatchObject({ layout: 'cifar', classNames: ['airplane', 'automobile'] });
    expect(first.splits['train']!.map(({ label }) => label)).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    expect(first.root.startsWith(join(home, 'cache/unpacked'))).toBe(true);
    expect(await readdir(first.root)).not.toContain('readme.html');
    await rm(join(first.root, 'test_batch.bin')); // it would be there again if it were unpacked again
    await expect(open('c10.zip')).rejects.toThrow('the batch test_batch.bin is missing');

    await zipped('pets.zip', tfds(sound()));
    const pets = await open('pets.zip');
    expect(pets).toMatchObject({ layout: 'tfds', classNames: ['zebra', 'ant'] });
    for (const [i, { path }] of pets.splits['train']!.entries()) expect(await readImage(path)).toEqual(jpegs[i]);
    const splits = ['train[:1]', 'train[1:]'];
    const run = { home, splits, exif: 'ignore' as const, training: true };
    const { selections } = await prepareDataset(join(scratch.folder, 'pets.zip'), run);
    expect(splits.map((split) => selections[split]!.length)).toEqual([1, 1]);

    const parquet = await readFile(join(TESTDATA, 'test-00000-of-00001.parquet'));
    for (const folder of ['', 'data/', 'photos/data/', 'a/b/']) {
      await zipped('hf.zip', { [`${folder}test-00000-of-00001.parquet`]: parquet, [`${folder}.hidden`]: 'x' });
      const hf = await open('hf.zip');
      expect([hf.layout, hf.splits['test']!.length], folder).toEqual(['parquet', 2]);
    }
  });

  test('is unpacked into the one folder that others wrap', async () => {
    await zipped('wrapped.zip', cifar([[0]], 'home/me/cifar-10-batches-bin/'));
    expect((await open('wrapped.zip')).layout).toBe('cifar');
    await zipped('deep.zip', cifar([[0]], 'a/b/c/d/e/cifar-10-batches-bin/'));
    await expect(open('deep.zip')).rejects.toThrow('has no images');
  });

  test('fails as its folder does', async () => {
    await zipped('label.zip', cifar([[0], [2]]));
    await expect(open('label.zip')).rejects.toThrow(
      'record 1 of data_batch_1.bin has the label 2, and there are 2 classes',
    );
    const damaged = sound();
    damaged[40]! ^= 1;
    await zipped('crc.zip', tfds(damaged));
    await expect(open('crc.zip')).rejects.toThrow("is damaged at record 0 (byte 0): its data's checksum is wrong");
    await zipped('pickled.zip', {
      'cifar-100-python/meta': 'x',
      'cifar-100-python/train': 'x',
      'cifar-100-python/test': 'x',
    });
    await expect(open('pickled.zip')).rejects.toThrow('Python version, whose pickled files are not read');
    await zipped('text.zip', { 'no-image.parquet': await readFile(join(TESTDATA, 'no-image.parquet')) });
    await expect(open('text.zip')).rejects.toThrow('no-image.parquet has no column of images');
  });

  test('is unpacked as safely as one of images', async () => {
    const bomb = { name: 'data/train.parquet', data: Buffer.from('PAR1'), size: 2 ** 31 + 1 };
    await scratch.write('bomb.zip', zipOf([bomb]));
    await expect(open('bomb.zip')).rejects.toThrow('unpacks to 2,147,483,649 bytes');
    await scratch.write(
      'link.zip',
      zipOf([{ name: 'train.parquet', data: Buffer.from('/etc/passwd'), mode: 0o120777 }]),
    );
    await expect(open('link.zip')).rejects.toThrow('"train.parquet" is a link');
    // What Vitrine itself writes beside a named data set may name any file: it is never taken from an archive.
    await scratch.write('index.zip', zipOf([{ name: '.vitrine-dataset.json', data: Buffer.from('{}') }]));
    await expect(open('index.zip')).rejects.toThrow('it holds no images');
  });
});
