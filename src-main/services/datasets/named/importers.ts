import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { compareCodePoints } from '../../../../src-shared/data/dataset.ts';
import type { DatasetName } from '../../../../src-shared/data/named.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { LABEL_SETS, labelsOfSet } from '../../../../src-shared/labels/imagenet.ts';
import { RESOURCES } from '../../../places.ts';
import type { DatasetIndex } from './index-file.ts';
import { readMat } from './read-mat.ts';

/** Reads what the authors' archives say of their images; null where the folder says it itself (CIFAR's batches). */
type Importer = (folder: string) => Promise<DatasetIndex | null>;

const LABELS = join(RESOURCES, 'labels/imagenet.tsv.gz');

export const IMPORTERS = {
  cifar10: async () => null,
  cifar100: async () => null,
  oxford_iiit_pet: pets,
  oxford_flowers102: flowers102,
  tf_flowers: tfFlowers,
  imagenet_v2: imagenetV2,
  imagenet2012: async () => null,
} as const satisfies Record<DatasetName, Importer>;

/** annotations/trainval.txt and test.txt: "Abyssinian_100 1 1 1", the class from 1. */
async function pets(folder: string): Promise<DatasetIndex> {
  const names = new Map<number, string>();
  const rows = async (list: string): Promise<[string, number][]> => {
    const text = await textOf(join(folder, 'annotations', list));
    const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
    return lines.map((line, i) => {
      const [image = '', id] = line.trim().split(/\s+/);
      const label = Number(id) - 1;
      if (!/^[\w.-]+_\d+$/.test(image) || !Number.isInteger(label) || label < 0) throw wrong(list, `line ${i + 1}`);
      names.set(label, image.replace(/_\d+$/, ''));
      return [`images/${image}.jpg`, label];
    });
  };
  const splits = { train: await rows('trainval.txt'), test: await rows('test.txt') };
  const classNames = Array.from({ length: names.size }, (_, label) => {
    const name = names.get(label);
    if (name === undefined) throw wrong('trainval.txt', `class ${label + 1} is missing`);
    return name;
  });
  return { classNames, splits };
}

/** imagelabels.mat: the class of each image, from 1; setid.mat: the images of each split, from 1. */
async function flowers102(folder: string): Promise<DatasetIndex> {
  const labels = readMat(await readFile(join(folder, 'imagelabels.mat'))).get('labels') ?? [];
  const sets = readMat(await readFile(join(folder, 'setid.mat')));
  const rows = (set: string): [string, number][] =>
    (sets.get(set) ?? []).map((id) => {
      const label = (labels[id - 1] ?? 0) - 1;
      if (label < 0) throw wrong('imagelabels.mat', `image ${id} has no class`);
      return [`jpg/image_${String(id).padStart(5, '0')}.jpg`, label];
    });
  const splits = { train: rows('trnid'), validation: rows('valid'), test: rows('tstid') };
  const classes = labels.reduce((most, label) => Math.max(most, label), 0);
  return { classNames: Array.from({ length: classes }, (_, i) => String(i + 1)), splits };
}

/** In the order of tfds's builder. */
const TF_FLOWERS = ['dandelion', 'daisy', 'tulips', 'sunflowers', 'roses'];

async function tfFlowers(folder: string): Promise<DatasetIndex> {
  return { classNames: TF_FLOWERS, splits: { train: await byFolder(folder, 'flower_photos', TF_FLOWERS) } };
}

/** A folder a class, named by the class's number among ImageNet's 1,000. */
async function imagenetV2(folder: string): Promise<DatasetIndex> {
  const { synsets } = labelsOfSet(gunzipSync(await readFile(LABELS)).toString('utf8'), LABEL_SETS[0]!);
  const numbers = synsets.map((_, i) => String(i));
  const [top = ''] = (await readdir(folder)).filter((name) => name.startsWith('imagenetv2-'));
  return { classNames: synsets, splits: { test: await byFolder(folder, top, numbers) } };
}

async function byFolder(folder: string, top: string, classes: readonly string[]): Promise<[string, number][]> {
  const rows: [string, number][] = [];
  for (const [label, name] of classes.entries()) {
    const files = await readdir(join(folder, top, name)).catch(() => []);
    for (const file of files.sort(compareCodePoints))
      if (/\.jpe?g$/i.test(file)) rows.push([`${top}/${name}/${file}`, label]);
  }
  if (rows.length === 0) throw wrong(top || 'the archive', `it has no folders ${classes.slice(0, 3).join(', ')} …`);
  return rows;
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => Promise.reject(wrong(path, 'it is missing', error)));
}

function wrong(file: string, why: string, cause?: unknown): AppError {
  return new AppError('bad_dataset', `${file} is not as the data set's authors describe it: ${why}.`, {
    hint: 'Fetch it again.',
    cause,
  });
}
