import { AppError } from '../../../src-shared/errors.ts';
import { freeSpace } from '../library/service.ts';
import type { Statfs } from '../library/service.ts';

export type { Statfs };

/**
 * Refuses when the disk that holds `folder` (which need not exist yet) has less than `bytes` free.
 * @throws AppError `disk_full`
 */
export async function requireSpace(folder: string, bytes: number, ask?: Statfs): Promise<void> {
  const free = await freeSpace(folder, ask);
  if (free >= bytes) return;
  throw new AppError('disk_full', `${gigabytes(bytes)} are needed in ${folder}, and ${gigabytes(free)} are free.`, {
    hint: 'Free some space, or choose another disk with VITRINE_HOME.',
    details: { folder, needed: bytes, free },
  });
}

export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
