import { createHash, randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { bmpBytes, writeBmp } from '../../../../src-shared/data/bmp-write.ts';
import type { ImageItem } from '../../../../src-shared/data/dataset.ts';
import { packedPath } from '../../../../src-shared/data/packed-path.ts';
import { finishRecords, type Listed } from '../../../../src-shared/data/records.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { diskFull } from '../write-file.ts';
import type { SourceOptions } from './source.ts';

/** One of the two data sets, as https://www.cs.toronto.edu/~kriz/cifar.html describes its binary version. */
interface CifarFormat {
  splits: Record<string, readonly string[]>;
  classFile: string;
  /** Bytes of labels before the pixels; the last is the one that is taken (CIFAR-100: coarse, fine). */
  labelBytes: number;
}

const FORMATS: readonly CifarFormat[] = [
  {
    splits: { train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`), test: ['test_batch.bin'] },
    classFile: 'batches.meta.txt',
    labelBytes: 1,
  },
  { splits: { train: ['train.bin'], test: ['test.bin'] }, classFile: 'fine_label_names.txt', labelBytes: 2 },
];

const SIDE = 32;
const PIXEL_BYTES = 3 * SIDE * SIDE;
const BMP_BYTES = bmpBytes(SIDE, SIDE);
/** Raise it when what a pack holds changes. */
const VERSION = 1;

/** The folder with CIFAR's binary batches: this one or one directly below. @throws AppError bad_dataset for pickles */
export async function findCifar(root: string): Promise<string | null> {
  const entries = await readdir(root, { withFileTypes: true });
  const names = new Set(entries.map(({ name }) => name));
  if (FORMATS.some(({ classFile }) => names.has(classFile))) return root;
  if (names.has('batches.meta') || ['meta', 'train', 'test'].every((name) => isFileOf(entries, name)))
    throw new AppError('bad_dataset', `${root} is CIFAR's Python version, whose pickled files are not read.`, {
      hint: 'Fetch the binary version: cifar-10-binary.tar.gz or cifar-100-binary.tar.gz, or "vitrine data add cifar10".',
      details: { root },
    });
  const folders = entries.filter((entry) => entry.isDirectory() && /^cifar-10/.test(entry.name));
  for (const { name } of folders) {
    const inside = await findCifar(join(root, name));
    if (inside !== null) return inside;
  }
  return null;
}

function isFileOf(entries: readonly Dirent[], name: string): boolean {
  return entries.some((entry) => entry.name === name && entry.isFile());
}

const packSchema = v.object({
  version: v.literal(VERSION),
  classNames: v.array(v.string()),
  /** By split, the batches in order: images, and base64 of their labels. */
  splits: v.record(v.string(), v.array(v.object({ file: v.string(), images: v.number(), labels: v.string() }))),
});
type Pack = v.InferOutput<typeof packSchema>;

/**
 * CIFAR's binary batches. TensorFlow decodes no raw pixels, so they are written once, as one file of small BMPs a
 * split. @throws AppError bad_dataset for a batch that is missing or cut off, or a label out of range; disk_full
 */
export async function readCifar(root: string, options: SourceOptions): Promise<Listed> {
  const format = await formatOf(root);
  const files = Object.values(format.splits).flat();
  const stats: [number, number][] = [];
  for (const file of files) stats.push(await statBatch(root, file));
  const key = createHash('sha256')
    .update(JSON.stringify([VERSION, root, files, stats]))
    .digest('hex')
    .slice(0, 32);
  const folder = join(options.home, 'cache', 'packs', key);
  const pack = (await readPack(folder)) ?? (await makePack(root, folder, { format, ...options }));
  const splits = Object.fromEntries(
    Object.entries(pack.splits).map(([split, batches]) => [split, itemsOf(join(folder, `${split}.bmps`), batches)]),
  );
  const listed = finishRecords({ root, layout: 'cifar', classNames: pack.classNames, splits, notes: [] });
  return { ...listed, ordered: true, alike: { format: 'bmp', width: SIDE, height: SIDE } };
}

async function formatOf(root: string): Promise<CifarFormat> {
  const names = new Set(await readdir(root));
  return FORMATS.find(({ classFile }) => names.has(classFile))!;
}

async function statBatch(root: string, file: string): Promise<[number, number]> {
  const status = await stat(join(root, file)).catch(() => null);
  if (status === null) throw wrong(root, `the batch ${file} is missing`);
  return [status.size, status.mtimeMs];
}

async function readPack(folder: string): Promise<Pack | null> {
  const text = await readFile(join(folder, 'pack.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = v.safeParse(packSchema, JSON.parse(text));
  return parsed.success ? parsed.output : null;
}

/** All or nothing: the folder appears, by rename, when everything is written. */
async function makePack(
  root: string,
  folder: string,
  { format, signal, onProgress }: { format: CifarFormat } & SourceOptions,
): Promise<Pack> {
  const names = (await readFile(join(root, format.classFile), 'utf8')).split('\n').map((line) => line.trim());
  const pack: Pack = { version: VERSION, classNames: names.filter((name) => name !== ''), splits: {} };
  const partial = `${folder}.${randomUUID()}.partial`;
  const total = Object.values(format.splits).flat().length;
  let done = 0;
  try {
    await mkdir(partial, { recursive: true });
    for (const [split, files] of Object.entries(format.splits)) {
      const batches: Pack['splits'][string] = [];
      for (const file of files) {
        if (signal?.aborted) throw new AppError('interrupted', 'Reading the data set was interrupted.');
        const batch = await readFile(join(root, file));
        const { images, labels, bmps } = toBmps(batch, { root, file, format, classes: pack.classNames.length });
        await writeFile(join(partial, `${split}.bmps`), bmps, { flag: 'a' });
        batches.push({ file, images, labels: Buffer.from(labels).toString('base64') });
        onProgress?.(++done, total);
      }
      pack.splits[split] = batches;
    }
    await writeFile(join(partial, 'pack.json'), JSON.stringify(pack));
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw diskFull(error, folder) ?? error;
  }
  return pack;
}

function toBmps(
  batch: Uint8Array,
  { root, file, format, classes }: { root: string; file: string; format: CifarFormat; classes: number },
): { images: number; labels: Uint8Array; bmps: Uint8Array } {
  const recordBytes = format.labelBytes + PIXEL_BYTES;
  if (batch.length === 0 || batch.length % recordBytes !== 0)
    throw wrong(root, `${file} has ${batch.length} bytes, no multiple of its records of ${recordBytes}`);
  const images = batch.length / recordBytes;
  const labels = new Uint8Array(images);
  const bmps = new Uint8Array(images * BMP_BYTES);
  for (let i = 0; i < images; i++) {
    const pixels = i * recordBytes + format.labelBytes;
    const label = batch[pixels - 1]!;
    if (label >= classes)
      throw wrong(root, `record ${i} of ${file} has the label ${label}, and there are ${classes} classes`);
    labels[i] = label;
    const planes = batch.subarray(pixels, pixels + PIXEL_BYTES);
    writeBmp(planes, { width: SIDE, height: SIDE, target: bmps, at: i * BMP_BYTES });
  }
  return { images, labels, bmps };
}

function itemsOf(pack: string, batches: Pack['splits'][string]): ImageItem[] {
  const items: ImageItem[] = [];
  for (const { file, images, labels } of batches) {
    const known = Buffer.from(labels, 'base64');
    for (let i = 0; i < images; i++) {
      const offset = items.length * BMP_BYTES;
      items.push({
        path: packedPath({ file: pack, offset, length: BMP_BYTES }),
        label: known[i]!,
        name: `${file}#${i}`,
      });
    }
  }
  return items;
}

function wrong(root: string, why: string): AppError {
  return new AppError('bad_dataset', `${basename(root)} can't be read as CIFAR's binary version: ${why}.`, {
    hint: 'Unpack cifar-10-binary.tar.gz or cifar-100-binary.tar.gz again.',
    details: { root },
  });
}
