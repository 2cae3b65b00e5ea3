import { createHash } from 'node:crypto';
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import type { ImageItem } from '../../../../src-shared/data/dataset.ts';
import { compareCodePoints } from '../../../../src-shared/data/dataset.ts';
import { packedPath } from '../../../../src-shared/data/packed-path.ts';
import { finishRecords, type Listed } from '../../../../src-shared/data/records.ts';
import { roleOfSplit } from '../../../../src-shared/data/splits.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import type { ImagePack } from './image-pack.ts';
import { openPack } from './image-pack.ts';
import { columnsOf, type ImageColumns } from './parquet-columns.ts';
import type { SourceOptions } from './source.ts';

/** A row group is decoded as a whole: more than this does not fit. */
const MAX_GROUP_BYTES = 2 ** 31;

/** A folder with Parquet files in it, in its folder `data`, or in a folder a split; null where there are none. */
export async function findParquet(root: string): Promise<string | null> {
  return (await parquetFiles(root)).length > 0 ? root : null;
}

/**
 * Image data in Parquet as Hugging Face keeps it: a column of {bytes, path}, labels whose names stand in the file's
 * metadata. Pages are compressed, so the images are copied once into a pack, byte for byte.
 * @throws AppError bad_dataset, bad_file, disk_full, interrupted
 */
export async function readParquet(root: string, options: SourceOptions): Promise<Listed> {
  const single = (await stat(root)).isFile();
  const folder = single ? dirname(root) : root;
  const files = single ? [basename(root)] : await parquetFiles(root);
  const stats = await Promise.all(files.map((name) => stat(join(folder, name))));
  const identity = files.map((name, i) => [name, stats[i]!.size, stats[i]!.mtimeMs]);
  const key = createHash('sha256')
    .update(JSON.stringify(['parquet', folder, identity]))
    .digest('hex')
    .slice(0, 32);
  const place = join(options.home, 'cache', 'packs', key);
  const pack = await openPack(place, (made) => copyAll(made, { folder, files, ...options }));
  const splits: Record<string, ImageItem[]> = {};
  for (const { file, offsets, lengths, labels } of pack.files) {
    const items = (splits[splitOf(file)] ??= []);
    for (const [i, offset] of offsets.entries()) {
      const label = labels[i]!;
      items.push({
        path: packedPath({ file: pack.images, offset, length: lengths[i]! }),
        label: label === -1 ? null : label,
        name: `${file}#${i}`,
      });
    }
  }
  const listed = finishRecords({ root: folder, layout: 'parquet', classNames: pack.classNames, splits, notes: [] });
  return { ...listed, ordered: true };
}

async function copyAll(
  pack: ImagePack,
  { folder, files, signal, onProgress }: { folder: string; files: readonly string[] } & SourceOptions,
): Promise<string[]> {
  const { parquetMetadataAsync } = await import('hyparquet');
  let classNames: string[] | null = null;
  for (const [done, name] of files.entries()) {
    const path = join(folder, name);
    const handle = await open(path);
    try {
      const file = bufferOf(handle, (await handle.stat()).size);
      const metadata = await parquetMetadataAsync(file).catch((error: unknown) => Promise.reject(damaged(path, error)));
      const columns = columnsOf(metadata, path);
      classNames ??= columns.classNames;
      if (columns.classNames.join('\n') !== classNames.join('\n'))
        throw new AppError('bad_dataset', `${path} names other classes than ${files[0]!}.`, { details: { path } });
      await copyFile(pack, { path, name, file, metadata, columns, signal });
    } finally {
      await handle.close();
    }
    onProgress?.(done + 1, files.length);
  }
  return classNames!;
}

interface OpenFile {
  path: string;
  name: string;
  file: AsyncBuffer;
  metadata: FileMetaData;
  columns: ImageColumns;
  signal?: AbortSignal | undefined;
}

async function copyFile(pack: ImagePack, { path, name, file, metadata, columns, signal }: OpenFile): Promise<void> {
  const [{ parquetReadObjects }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  pack.begin(name);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    if (signal?.aborted) throw new AppError('interrupted', 'Reading the data set was interrupted.');
    if (group.total_byte_size > MAX_GROUP_BYTES)
      throw new AppError(
        'bad_dataset',
        `${path} has a row group of ${group.total_byte_size} bytes, too large to hold.`,
        {
          hint: 'Write it again with smaller row groups.',
          details: { path },
        },
      );
    const rowEnd = rowStart + Number(group.num_rows);
    const wanted = [columns.image, ...(columns.label === null ? [] : [columns.label])];
    const rows = await parquetReadObjects({
      file,
      metadata,
      compressors,
      columns: wanted,
      rowStart,
      rowEnd,
      utf8: false,
    }).catch((error: unknown) => Promise.reject(damaged(path, error)));
    for (const [i, row] of rows.entries()) {
      const cell: unknown = row[columns.image];
      const bytes: unknown = columns.nested ? (cell as { bytes?: unknown } | null)?.bytes : cell;
      if (!(bytes instanceof Uint8Array))
        throw unlike(path, `row ${rowStart + i} has no image: only those kept within the file are read`);
      const label = columns.label === null ? -1 : Number(row[columns.label] ?? -1);
      if (!Number.isInteger(label) || label < -1 || (columns.label !== null && label >= columns.classNames.length))
        throw unlike(
          path,
          `row ${rowStart + i} has the label ${label}, and there are ${columns.classNames.length} classes`,
        );
      await pack.add(bytes, label);
    }
    rowStart = rowEnd;
  }
}

function bufferOf(handle: FileHandle, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const from = Math.max(0, start < 0 ? byteLength + start : start);
      const bytes = new Uint8Array(Math.max(0, Math.min(end, byteLength) - from));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
      return bytes.buffer.slice(0, bytesRead);
    },
  };
}

async function parquetFiles(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  const folders = entries.filter(
    (entry) => entry.isDirectory() && (entry.name === 'data' || roleOfSplit(entry.name) !== null),
  );
  const inside = await Promise.all(
    folders.map(({ name }) => readdir(join(root, name)).then((all) => all.map((file) => join(name, file)))),
  );
  return [...entries.filter((entry) => entry.isFile()).map(({ name }) => name), ...inside.flat()]
    .filter((name) => name.endsWith('.parquet') && !basename(name).startsWith('.'))
    .map((name) => relative(root, join(root, name)).replaceAll(sep, '/'))
    .sort(compareCodePoints);
}

/** data/train-00000-of-00002.parquet, train.parquet and train/0000.parquet are of "train". */
function splitOf(file: string): string {
  const stem = basename(file, '.parquet').replace(/-\d{5}-of-\d{5}(-[0-9a-f]+)?$/, '');
  const folder = dirname(file);
  return /^\d+$/.test(stem) && folder !== '.' ? basename(folder) : /^\d+$/.test(stem) ? 'train' : stem;
}

function damaged(path: string, cause: unknown): AppError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AppError('bad_file', `${path} can't be read as Parquet: ${why}.`, {
    hint: 'Fetch the file again.',
    details: { path },
    cause,
  });
}

function unlike(path: string, why: string): AppError {
  return new AppError('bad_dataset', `${path} can't be used: ${why}.`, { details: { path } });
}
