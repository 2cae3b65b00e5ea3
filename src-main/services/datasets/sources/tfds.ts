import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageItem } from '../../../../src-shared/data/dataset.ts';
import { plural } from '../../../../src-shared/data/file-names.ts';
import { packedPath } from '../../../../src-shared/data/packed-path.ts';
import { finishRecords, type Listed } from '../../../../src-shared/data/records.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { StatCache } from '../stat-cache.ts';
import type { SourceOptions } from './source.ts';
import { readExample } from './tf-example.ts';
import { readTfdsInfo, type TfdsInfo } from './tfds-info.ts';
import { readTfRecords } from './tfrecord.ts';

/** Where a shard's images lie, and what they show: columns of equal length, a row a record. */
interface ShardIndex {
  offsets: number[];
  lengths: number[];
  /** -1 where a record has none. */
  labels: number[];
}

/** Raise it when the meaning of what is stored changes. */
const VERSION = 1;

/**
 * A prepared tfds directory: images stay in their records. Every record is read once, against its checksums; what was
 * found is kept until a file changes. @throws AppError bad_dataset, bad_file (a record's checksum), interrupted
 */
export async function readTfds(root: string, options: SourceOptions): Promise<Listed> {
  const info = await readTfdsInfo(root);
  const tool = JSON.stringify([VERSION, info.imageKeys, info.labelKey]);
  const cache = new StatCache<ShardIndex>(join(options.home, 'cache', 'records'), tool);
  const total = info.splits.reduce((n, { files }) => n + files.length, 0);
  const splits: Record<string, ImageItem[]> = {};
  let done = 0;
  try {
    for (const { name, files, images } of info.splits) {
      const items: ImageItem[] = [];
      for (const file of files) {
        const path = join(root, file);
        const { size, mtimeMs: mtime } = await stat(path);
        let index = await cache.get({ path, size, mtime });
        if (index === undefined) {
          index = await indexShard(path, info, options.signal);
          await cache.set({ path, size, mtime }, index);
        }
        itemsOf(file, { info, index, items });
        options.onProgress?.(++done, total);
      }
      if (images > 0 && items.length !== images)
        throw unlike(root, `the split "${name}" has ${plural(items.length, 'record')}, and its description ${images}`);
      splits[name] = items;
    }
  } finally {
    await cache.save();
  }
  return { ...finishRecords({ root, layout: 'tfds', classNames: info.classNames, splits, notes: [] }), ordered: true };
}

async function indexShard(path: string, info: TfdsInfo, signal?: AbortSignal): Promise<ShardIndex> {
  const index: ShardIndex = { offsets: [], lengths: [], labels: [] };
  const names = [...info.imageKeys, ...(info.labelKey === null ? [] : [info.labelKey])];
  for await (const { number, offset, data } of readTfRecords(path, signal)) {
    const features = readExample(data, names);
    const image = info.imageKeys
      .map((key) => features[key])
      .find((f) => f !== null && f !== undefined && 'offset' in f);
    if (image === undefined || !('offset' in image))
      throw unlike(path, `record ${number} has no image "${info.imageKeys[0]!}"`);
    const label = info.labelKey === null ? null : features[info.labelKey];
    index.offsets.push(offset + image.offset);
    index.lengths.push(image.length);
    index.labels.push(label && 'value' in label ? label.value : -1);
  }
  return index;
}

/** Appends a shard's images. */
function itemsOf(
  file: string,
  { info, index, items }: { info: TfdsInfo; index: ShardIndex; items: ImageItem[] },
): void {
  const path = join(info.root, file);
  const classes = info.classNames.length;
  for (const [i, label] of index.labels.entries()) {
    if (label < -1 || (label >= classes && info.labelKey !== null))
      throw unlike(path, `record ${i} has the label ${label}, and there are ${plural(classes, 'class', 'classes')}`);
    items.push({
      path: packedPath({ file: path, offset: index.offsets[i]!, length: index.lengths[i]! }),
      label: label === -1 ? null : label,
      name: `${file}#${i}`,
    });
  }
}

function unlike(path: string, why: string): AppError {
  return new AppError('bad_dataset', `${path} is not as described: ${why}.`, {
    hint: 'Prepare the data set again with tfds.',
    details: { path },
  });
}
