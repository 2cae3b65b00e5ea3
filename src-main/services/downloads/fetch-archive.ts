import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Network, Patience } from '../network/service.ts';
import type { SettingsService } from '../settings/service.ts';
import { BACKOFF, type Backoff } from './backoff.ts';
import { createDiskRoom } from './disk-room.ts';
import { isContentError, persistently } from './fetch-file.ts';
import { openPartFile, removePartFile } from './part-file.ts';
import { createTokenBucket } from './token-bucket.ts';
import { verifyContent } from './verify.ts';

export interface FetchArchiveOptions {
  network: Network;
  settings: Pick<SettingsService, 'current'>;
  signal: AbortSignal;
  onProgress: (bytes: number, total: number | null) => void;
  backoff?: Backoff;
  patience?: Partial<Patience>;
}

/**
 * Fetches one published file that is no checkpoint, outside the queue: it goes on where it stood, and is held against
 * its published sum. @throws AppError network, offline, disk_full, interrupted
 */
export async function fetchArchive(
  { url, size, sha256 }: { url: string; size: number; sha256: string },
  path: string,
  { network, settings, signal, onProgress, backoff = BACKOFF, patience }: FetchArchiveOptions,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const source = { url, kind: 'other', size, sha256 } as const;
  const part = await openPartFile(path);
  try {
    await persistently(source, part, {
      id: 0,
      index: 0,
      network,
      bucket: createTokenBucket(settings.current().bandwidth),
      room: createDiskRoom(dirname(path)),
      signal,
      backoff,
      patience,
      recognise: null,
      onProgress,
      onSource: () => {},
    });
    await verifyContent(path, { source, claims: part.claims!, signal });
  } catch (error) {
    if (isContentError(error)) await removePartFile(path);
    throw error;
  } finally {
    await part.close();
  }
}
