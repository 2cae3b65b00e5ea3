import { constants } from 'node:fs';
import { copyFile, mkdir, open, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { AppError } from '../../../src-shared/errors.ts';
import { freeSpace, type Statfs } from '../library/service.ts';
import { exists, filesOfCheckpoint } from './checkpoint-files.ts';

/** Bytes that a copy leaves free. */
const LEFT_FREE = 64 << 20;

interface CopyOptions {
  folder: string;
  /** Below `imported/`, without an extension; it may hold folders. */
  name?: string | undefined;
  signal?: AbortSignal | undefined;
  statfs?: Statfs | undefined;
}

/**
 * Copies a checkpoint with what belongs to it into the library, under a name that is free: first beside its place, then
 * renamed, so that no half of one is ever found.
 * @returns where it is opened by
 * @throws AppError disk_full, bad_file, interrupted
 */
export async function copyIntoLibrary(
  path: string,
  { folder, name: given, signal, statfs }: CopyOptions,
): Promise<string> {
  const files = await filesOfCheckpoint(path);
  let bytes = 0;
  for (const file of files) bytes += (await stat(file.path)).size;
  const free = await freeSpace(folder, statfs);
  if (free < bytes + LEFT_FREE) {
    throw new AppError('disk_full', `${path} has ${bytes} bytes, and ${folder} has ${free} free.`, {
      hint: 'Free some space, or refer to the file where it is ("--link").',
      details: { needed: bytes + LEFT_FREE, free },
    });
  }
  const isNpz = /\.npz$/i.test(path);
  // A model.safetensors has its description beside it: each needs a folder.
  const name = given === undefined ? (isNpz ? basename(path, extname(path)) : folderName(path)) : safePath(given);
  const target = await freeName(join(folder, 'imported'), name, isNpz ? '.npz' : '');
  const staging = join(folder, '.imports', `${process.pid}-${basename(target)}`);
  try {
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { recursive: true });
    for (const file of files) {
      if (signal?.aborted) throw new AppError('interrupted', 'The import was stopped; nothing was changed.');
      const copy = join(staging, basename(file.path));
      await copyFile(file.path, copy, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      await sync(copy);
    }
    await mkdir(dirname(target), { recursive: true });
    if (!isNpz) {
      await rename(staging, target);
      return join(target, basename(path));
    }
    const sidecar = files.length > 1 ? join(staging, basename(files[0]!.path)) : null;
    if (sidecar) await rename(sidecar, target.replace(/\.npz$/, '.json'));
    await rename(join(staging, basename(path)), target);
    return target;
  } catch (error) {
    throw copyFailure(error, path);
  } finally {
    await rm(staging, { recursive: true, force: true });
    await rmdir(dirname(staging)).catch(() => undefined); // others may be under way
  }
}

/** A name's parts as folders and a file that mean nothing else to any file system. */
function safePath(name: string): string {
  const parts = name.split('/').map((part) => part.replace(/[^\w.+=@-]/g, '_').replace(/^\.+/, '_'));
  return parts.map((part) => part.slice(0, 200) || '_').join('/');
}

/** Of a folder that holds one model: its name; otherwise the file's. */
function folderName(path: string): string {
  const name = basename(path).replace(/\.safetensors(\.index\.json)?$/i, '');
  return name === 'model' ? basename(dirname(path)) || name : name;
}

async function freeName(folder: string, name: string, extension: string): Promise<string> {
  const plain = name.replace(/^\.+/, '') || 'checkpoint';
  for (let number = 1; ; number++) {
    const path = join(folder, `${plain}${number === 1 ? '' : `-${number}`}${extension}`);
    if (!(await exists(path))) return path;
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function copyFailure(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof AppError || code === undefined) return error;
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  const message = full ? `The disk is full: ${path} was not copied.` : `${path} could not be copied (${code}).`;
  return new AppError(full ? 'disk_full' : 'bad_file', message, {
    hint: full ? 'Free some space, or refer to the file where it is ("--link").' : undefined,
    details: { path },
    cause: error,
  });
}
