import { AppError } from '../../../src-shared/errors.ts';
import { freeSpace, type Statfs } from '../library/service.ts';

/** Bytes that a download leaves free for everything else. */
export const LEFT_FREE = 64 << 20;

/** The room that downloads need and don't have written yet: several share one disk. */
export interface DiskRoom {
  /** Sets what a download still needs. @throws AppError disk_full where that is not free */
  reserve(id: number, bytes: number): Promise<void>;
  /** Refuses when the disk has become full meanwhile. @throws AppError disk_full */
  check(): Promise<void>;
  release(id: number): void;
}

export function createDiskRoom(folder: string, ask?: Statfs): DiskRoom {
  const reserved = new Map<number, number>();
  const full = (needed: number, free: number): AppError =>
    new AppError('disk_full', `${format(needed)} are needed in ${folder}, and ${format(free)} are free.`, {
      hint: 'Free some space and resume: what is there is kept.',
      details: { folder, needed, free },
    });
  return {
    async reserve(id, bytes) {
      const free = await freeSpace(folder, ask);
      const others = [...reserved].reduce((sum, [other, needs]) => (other === id ? sum : sum + needs), 0);
      const needed = bytes + others + LEFT_FREE;
      if (free < needed) throw full(needed, free);
      reserved.set(id, bytes);
    },
    async check() {
      const free = await freeSpace(folder, ask);
      if (free < LEFT_FREE / 2) throw full(LEFT_FREE / 2, free);
    },
    release: (id) => void reserved.delete(id),
  };
}

function format(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** A failure to write a file as it is told; others as they are. */
export function writeFailure(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof AppError || code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new AppError('disk_full', `The disk is full: ${path} was not written to its end.`, {
      hint: 'Free some space and resume: what is there is kept.',
      details: { file: path },
      cause: error,
    });
  }
  if (!['EACCES', 'EROFS', 'EPERM', 'ENOENT', 'ENOTDIR', 'EIO', 'EISDIR'].includes(code)) return error;
  return new AppError('bad_file', `${path} can't be written (${code}).`, {
    hint: "Check that the library's folder is there and may be written.",
    details: { file: path },
    cause: error,
  });
}
