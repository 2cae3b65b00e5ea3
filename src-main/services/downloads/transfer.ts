import { networkError, type Network, type Patience } from '../network/service.ts';
import { NO_CLAIMS } from './claims.ts';
import type { DiskRoom } from './disk-room.ts';
import { openSource } from './open-source.ts';
import type { OpenedSource } from './open-source.ts';
import type { PartFile } from './part-file.ts';
import { refuseOtherContent, SNIFF_BYTES } from './sniff-download.ts';
import { contentKey, type Source } from './source.ts';
import type { TokenBucket } from './token-bucket.ts';

export interface TransferOptions {
  id: number;
  network: Network;
  bucket: TokenBucket;
  room: DiskRoom;
  signal: AbortSignal;
  patience?: Partial<Patience>;
  /** Null: what comes need not look like a checkpoint, as its published sum tells. */
  recognise?: null;
  /** Bytes or the total are others than before. */
  onProgress: (bytes: number, total: number | null) => void;
}

/** Most that is taken where nobody says how much it will be: larger than any published checkpoint. */
const MOST_BYTES = 64 * 2 ** 30;
/** Written between two times that everything is brought onto the disk, and ms. */
const FLUSH_BYTES = 16 << 20;
const FLUSH_MS = 1000;

/**
 * Brings one source into the part file, going on where it stands, once. Whether trying again helps, the error says
 * (network's mayPass).
 * @throws AppError as Network.request; disk_full; network `content` (not what it should be), `range` (begin anew)
 */
export async function transfer(source: Source, part: PartFile, options: TransferOptions): Promise<void> {
  const key = contentKey(source);
  const { claims } = part;
  const isSafe =
    claims !== null && [claims.etag, claims.lastModified, source.sha256].some((known) => typeof known === 'string');
  const from = part.key === key && isSafe ? part.bytes : 0;
  if (from > 0 && from === (claims?.total ?? source.size)) return; // all of it is here
  let opened: OpenedSource;
  try {
    opened = await openSource(source, {
      ...options,
      purpose: `download of ${source.url.split('/').at(-1)!.split('?')[0]!}`,
      from,
      claims,
      maxBytes: (source.size ?? MOST_BYTES) + 1,
    });
  } catch (error) {
    // What is here belongs to something else by now, or was never right.
    if (isRangeError(error)) await part.restart(key, NO_CLAIMS);
    throw error;
  }
  try {
    await receive(opened, part, { ...options, source, key });
  } finally {
    opened.close();
    await part.flush();
  }
}

async function receive(
  opened: OpenedSource,
  part: PartFile,
  options: TransferOptions & { source: Source; key: string },
): Promise<void> {
  const { id, source, key, bucket, room, signal, onProgress } = options;
  const { address, claims } = opened;
  const total = claims.total ?? source.size ?? null;
  if (source.size !== undefined && total !== source.size) {
    throw networkError('content', `${address} has ${total} bytes, where ${source.size} are published.`);
  }
  await room.reserve(id, Math.max(0, (total ?? 0) - opened.from));
  let begun = opened.from > 0;
  let flushedBytes = opened.from;
  let flushedAt = performance.now();
  for await (const chunk of begun || options.recognise === null ? opened.body : recognised(opened)) {
    signal.throwIfAborted();
    if (!begun) await part.restart(key, claims); // not before it is known that a checkpoint comes
    begun = true;
    if (total !== null && part.bytes + chunk.byteLength > total) {
      await part.restart(key, NO_CLAIMS); // nor is what came before it to be trusted
      throw networkError('content', `${address} sends more than the ${total} bytes it spoke of.`);
    }
    if (!source.url.startsWith('file:')) await bucket.take(chunk.byteLength, signal);
    await part.write(chunk);
    onProgress(part.bytes, total);
    const now = performance.now();
    if (part.bytes - flushedBytes < FLUSH_BYTES && now - flushedAt < FLUSH_MS) continue;
    await part.flush();
    await room.check();
    await room.reserve(id, Math.max(0, (total ?? 0) - part.bytes));
    [flushedBytes, flushedAt] = [part.bytes, now];
  }
  if (total !== null && part.bytes < total) {
    throw networkError('reset', `${address} ended after ${part.bytes} of ${total} bytes.`);
  }
}

/** The body, once its first bytes have told that it is a checkpoint. */
async function* recognised(opened: OpenedSource): AsyncGenerator<Uint8Array, void> {
  let head: Uint8Array | null = new Uint8Array(0);
  for await (const chunk of opened.body) {
    if (head === null) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.byteLength < SNIFF_BYTES) continue;
    refuseOtherContent(head, opened);
    yield head;
    head = null;
  }
  if (head === null) return;
  refuseOtherContent(head, opened);
  yield head;
}

function isRangeError(error: unknown): boolean {
  return error instanceof Error && 'details' in error && (error.details as { reason?: string }).reason === 'range';
}
