import { open, stat, type FileHandle } from 'node:fs/promises';
import { packedPlace } from '../../../src-shared/data/packed-path.ts';
import type { FileStat } from './stat-cache.ts';

/** An image's encoded bytes, wherever they lie: a file, or a stretch of one. */
export interface ImageFile {
  /** Bytes of the image. */
  size: number;
  isFile: boolean;
  /** The first `length` bytes, fewer where there are no more. */
  read(length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** @throws NodeJS.ErrnoException */
export async function openImage(path: string): Promise<ImageFile> {
  const place = packedPlace(path);
  const file = await open(place?.file ?? path);
  try {
    const status = await file.stat();
    const start = place?.offset ?? 0;
    const size = place === null ? status.size : Math.min(place.length, Math.max(0, status.size - start));
    return {
      size,
      isFile: status.isFile(),
      read: (length) => readAt(file, start, Math.min(length, size)),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** All of it. @throws NodeJS.ErrnoException */
export async function readImage(path: string): Promise<Buffer> {
  const image = await openImage(path);
  try {
    return await image.read(image.size);
  } finally {
    await image.close();
  }
}

/** What tells whether an image is still what it was; null where it is gone. */
export async function statImage(path: string): Promise<FileStat | null> {
  const place = packedPlace(path);
  const status = await stat(place?.file ?? path).catch(() => null);
  return status === null ? null : { path, size: place?.length ?? status.size, mtime: status.mtimeMs };
}

async function readAt(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
