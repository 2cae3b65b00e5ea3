import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { AppError } from '../../../../src-shared/errors.ts';

/** A directory that TensorFlow Datasets has prepared, as its own description tells. */
export interface TfdsInfo {
  /** The directory with dataset_info.json, absolute. */
  root: string;
  /** Names that an image's bytes may have in a record, the likeliest first. */
  imageKeys: string[];
  labelKey: string | null;
  /** In the order of the labels. */
  classNames: string[];
  splits: { name: string; files: string[]; images: number }[];
}

const INFO = 'dataset_info.json';
const VERSION = /^\d+\.\d+\.\d+$/;

/** The prepared directory that a folder is or holds (NAME/[CONFIG/]VERSION); null where there is none. */
export async function findTfds(root: string, depth = 2): Promise<string | null> {
  const entries = await readdir(root, { withFileTypes: true });
  if (entries.some((entry) => entry.name === INFO && entry.isFile())) return root;
  if (depth === 0) return null;
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  const versions = folders.filter((name) => VERSION.test(name)).sort(byVersion);
  if (versions.length > 0) return findTfds(join(root, versions.at(-1)!), 0);
  // A folder of anything may be large: only one with few folders in it can be a data set's configurations.
  if (folders.length > 20) return null;
  const found: string[] = [];
  for (const name of folders) {
    const inside = await findTfds(join(root, name), depth - 1);
    if (inside !== null) found.push(inside);
  }
  if (found.length <= 1) return found[0] ?? null;
  throw new AppError(
    'bad_dataset',
    `${root} holds several prepared data sets: ${found.map((path) => path.slice(root.length + 1)).join(', ')}.`,
    {
      hint: 'Give the folder of one.',
      details: { root, found },
    },
  );
}

function byVersion(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => text.split('.').map(Number)) as [number[], number[]];
  return x[0]! - y[0]! || x[1]! - y[1]! || x[2]! - y[2]!;
}

const count = v.pipe(v.union([v.string(), v.number()]), v.transform(Number), v.number(), v.integer(), v.minValue(0));
const infoSchema = v.looseObject({
  name: v.optional(v.string()),
  fileFormat: v.optional(v.string()),
  splits: v.array(v.looseObject({ name: v.string(), shardLengths: v.optional(v.array(count), []) })),
});
const featureSchema = v.looseObject({
  pythonClassName: v.optional(v.string(), ''),
  classLabel: v.optional(v.looseObject({ numClasses: v.optional(count) })),
});
const featuresSchema = v.looseObject({
  featuresDict: v.looseObject({ features: v.record(v.string(), featureSchema) }),
});

/** @throws AppError bad_dataset for what is not there, not as described or not read */
export async function readTfdsInfo(root: string): Promise<TfdsInfo> {
  const info = await readJson(join(root, INFO), infoSchema);
  if (info.fileFormat !== undefined && info.fileFormat !== 'tfrecord')
    throw wrong(root, `its files are of the format ${info.fileFormat}, and TFRecord is read`);
  const { features } = (await readJson(join(root, 'features.json'), featuresSchema)).featuresDict;
  const isA = (name: string, kind: string): boolean => features[name]!.pythonClassName.split('.').at(-1) === kind;
  const names = Object.keys(features);
  const images = names.filter((name) => isA(name, 'Image'));
  if (images.length === 0) throw wrong(root, `its features hold no image: ${names.join(', ')}`);
  const image = images.includes('image') ? 'image' : images[0]!;
  const labels = names.filter((name) => isA(name, 'ClassLabel'));
  const label = labels.includes('label') ? 'label' : (labels[0] ?? null);
  return {
    root,
    imageKeys: [image, `${image}/encoded`],
    labelKey: label,
    classNames: label === null ? [] : await readClassNames(root, label, features[label]!.classLabel?.numClasses),
    splits: await findShards(root, info.splits),
  };
}

async function readClassNames(root: string, label: string, classes: number | undefined): Promise<string[]> {
  const file = `${label}.labels.txt`;
  const text = await readFile(join(root, file), 'utf8').catch(() => null);
  if (text === null) {
    if (classes === undefined) throw wrong(root, `neither ${file} nor features.json says how many classes there are`);
    return Array.from({ length: classes }, (_, i) => String(i));
  }
  const names = text.split('\n').map((line) => line.trim());
  while (names.at(-1) === '') names.pop();
  if (classes !== undefined && classes !== names.length)
    throw wrong(root, `${file} names ${names.length} classes, and features.json has ${classes}`);
  return names;
}

const SHARD = /^(.+)-(.+)\.tfrecord-(\d{5})-of-(\d{5})$/;

async function findShards(
  root: string,
  splits: v.InferOutput<typeof infoSchema>['splits'],
): Promise<TfdsInfo['splits']> {
  const shards = (await readdir(root)).flatMap((name) => {
    const [, , split, index, of] = SHARD.exec(name) ?? [];
    return split === undefined ? [] : [{ name, split, index: Number(index), of: Number(of) }];
  });
  const found = splits.map(({ name, shardLengths }) => {
    const own = shards.filter(({ split }) => split === name).sort((a, b) => a.index - b.index);
    const expected = shardLengths.length || (own[0]?.of ?? 0);
    const missing = Array.from({ length: expected }, (_, i) => i).find((i) => own[i]?.index !== i);
    if (missing !== undefined || own.length !== expected)
      throw wrong(root, `the split "${name}" has ${own.length} of ${expected} files (*.tfrecord-NNNNN-of-NNNNN)`);
    return { name, files: own.map((shard) => shard.name), images: shardLengths.reduce((sum, n) => sum + n, 0) };
  });
  const filled = found.filter(({ files }) => files.length > 0);
  if (filled.length === 0) throw wrong(root, 'it has no *.tfrecord-NNNNN-of-NNNNN files');
  return filled;
}

async function readJson<T extends v.GenericSchema>(path: string, schema: T): Promise<v.InferOutput<T>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new AppError('bad_dataset', `${path} can't be read.`, {
      hint: 'A directory that tfds has prepared has dataset_info.json, features.json and its TFRecord files.',
      cause: error,
    });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw wrong(path, `${basename(path)} is not JSON`, error);
  }
  const parsed = v.safeParse(schema, json);
  if (!parsed.success) throw wrong(path, `${basename(path)}: ${parsed.issues[0].message}`);
  return parsed.output;
}

function wrong(root: string, why: string, cause?: unknown): AppError {
  return new AppError('bad_dataset', `${root} can't be read as a tfds data set: ${why}.`, {
    hint: 'Prepare it again with tfds (download_and_prepare, file format tfrecord).',
    details: { root },
    cause,
  });
}
