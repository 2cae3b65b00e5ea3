import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Inspection } from '../../../src-shared/checkpoints/inspection.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { mayPass, networkError } from '../network/service.ts';
import { backoffMs, type Backoff } from './backoff.ts';
import { writeFailure } from './disk-room.ts';
import { openPartFile, removePartFile } from './part-file.ts';
import type { PartFile } from './part-file.ts';
import type { Source } from './source.ts';
import { transfer, type TransferOptions } from './transfer.ts';
import { verifyContent } from './verify.ts';

export interface FetchOptions extends TransferOptions {
  /** Where the parts lie until all is there. */
  folder: string;
  /** The source to begin with. */
  first: number;
  backoff: Backoff;
  inspect: (path: string, signal: AbortSignal) => Promise<Inspection>;
  /** Which source is in use, and what it does. */
  onSource: (index: number, note: string | null) => void;
  /** A source disappointed. */
  onAttempt: (source: Source, why: string) => void;
  onVerifying: () => void;
}

export interface Fetched {
  source: Source;
  /** The checkpoint and what belongs beside it, in the folder of parts; the checkpoint is the last. */
  files: string[];
  inspection: Inspection;
  evidence: string[];
}

/** Bytes after which a source that breaks off again and again still counts as getting on. */
const PROGRESS_BYTES = 256 << 10;
const COMPANION_BYTES = 4 << 20;

/**
 * Fetches a checkpoint from the first of its sources that gives it, whole and sound. A source that fails in a way that
 * may pass is tried again, later and later; another failure leads to the next.
 * @throws AppError network where none gives it, naming each reason; offline, interrupted, disk_full, bad_file
 */
export async function fetchFile(sources: readonly Source[], file: string, options: FetchOptions): Promise<Fetched> {
  const reasons: string[] = [];
  // From the one in use, then those before it: their reasons may have passed by now.
  const order = sources.map((_, i) => (i + options.first) % sources.length);
  for (const index of order) {
    const source = sources[index]!;
    const part = join(options.folder, basename(source.file ?? file));
    options.onSource(index, null);
    try {
      return await fromSource(source, part, { ...options, index });
    } catch (error) {
      const failure: unknown = options.signal.aborted ? options.signal.reason : writeFailure(error, part);
      if (!isOfSource(failure, source)) throw failure;
      options.onAttempt(source, failure.message);
      reasons.push(failure.message);
    }
  }
  const [first] = reasons;
  const message =
    reasons.length === 1 ? first! : `None of ${reasons.length} sources gives ${file}: ${reasons.join(' ')}`;
  throw new AppError('network', message, {
    hint: 'Resume to try again, or import a copy of the file: "vitrine library import FILE".',
    details: { reasons },
  });
}

async function fromSource(source: Source, path: string, options: FetchOptions & { index: number }): Promise<Fetched> {
  const companions = await fetchCompanions(source, options);
  const part = await openPartFile(path);
  try {
    await persistently(source, part, options);
    options.onVerifying();
    const { inspection, evidence } = await verified(source, part, options);
    return { source, files: [...companions, path], inspection, evidence };
  } finally {
    await part.close();
  }
}

/** What all of it is. What isn't sound is removed: it is no beginning of anything. */
async function verified(
  source: Source,
  { path, claims }: PartFile,
  { signal, inspect }: FetchOptions,
): Promise<Pick<Fetched, 'inspection' | 'evidence'>> {
  try {
    const { evidence } = await verifyContent(path, { source, claims: claims!, signal });
    const inspection = await inspect(path, signal);
    const isNpz = inspection.naming === 'published' || inspection.naming === 'linen';
    return { inspection, evidence: [...evidence, isNpz ? 'own checksums' : 'structure'] };
  } catch (error) {
    if (isContentError(error)) await removePartFile(path);
    throw error;
  }
}

/** Tries until all of it is here, or trying again is no use. */
export async function persistently(
  source: Source,
  part: PartFile,
  options: TransferOptions & Pick<FetchOptions, 'backoff' | 'onSource'> & { index: number },
): Promise<void> {
  const { backoff, signal } = options;
  let tried = 0;
  for (;;) {
    const before = part.bytes;
    try {
      return await transfer(source, part, options);
    } catch (error) {
      if (signal.aborted || !mayPass(error)) throw error;
      const failure = error as AppError;
      tried = part.bytes - before >= PROGRESS_BYTES ? 1 : tried + 1;
      const wait = backoffMs(tried + 1, backoff, { retryAfter: failure.details['retryAfter'] as string | undefined });
      if (tried >= backoff.tries || wait === null) throw error;
      options.onSource(options.index, `${failure.message} Trying again in ${Math.ceil(wait / 1000)} s.`);
      await pause(wait, signal);
      options.onSource(options.index, null);
    }
  }
}

/** Small files that belong beside the checkpoint. */
async function fetchCompanions(source: Source, { network, signal, folder, patience }: FetchOptions): Promise<string[]> {
  const fetched: string[] = [];
  for (const { url, file, optional } of source.companions ?? []) {
    const response = await network.request(url, {
      purpose: `download of ${file}`,
      signal,
      maxBytes: COMPANION_BYTES,
      patience,
    });
    if (response.status !== 200) {
      response.close();
      if (optional && response.status === 404) continue;
      throw networkError('status', `${response.address} answers ${response.status}.`, { status: response.status });
    }
    const path = join(folder, basename(file));
    await mkdir(dirname(path), { recursive: true });
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body) chunks.push(chunk);
    await writeFile(path, Buffer.concat(chunks));
    fetched.push(path);
  }
  return fetched;
}

/** Whether another source may do better: not where the disk is full or the person has stopped it. */
function isOfSource(error: unknown, { url }: Source): error is AppError {
  if (!(error instanceof AppError)) return false;
  const { code } = error;
  return code === 'network' || code === 'bad_checkpoint' || (code === 'not_found' && url.startsWith('file:'));
}

export function isContentError(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  return error.code === 'bad_checkpoint' || error.details['reason'] === 'content';
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
