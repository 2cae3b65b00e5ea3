import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { parseBucketAddress } from '../../../src-shared/config/location.ts';
import { AppError } from '../../../src-shared/errors.ts';

/** A request, as fetch makes it; whoever composes the services passes the one that records and may refuse. */
export type Fetch = (url: string, init: { signal?: AbortSignal }) => Promise<Response>;

export interface OpenSource {
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Of all pieces, once they have been read. */
  readonly sha256: () => string;
}

const PIECE = 256 * 1024;

/** A file's bytes by path, or those behind an https, http or gs address. @throws AppError not_found, bad_file, usage */
export async function openSource(
  source: string,
  { fetch, signal }: { fetch: Fetch | undefined; signal: AbortSignal | undefined },
): Promise<OpenSource> {
  const url = urlOf(source);
  return hashed(url === null ? await fileOf(source) : await download(url, { fetch, signal }), signal);
}

function urlOf(source: string): string | null {
  if (/^https?:\/\//i.test(source)) return source;
  const address = parseBucketAddress(source);
  if (!address) return null;
  const path = [address.bucket, ...address.path.split('/')].map(encodeURIComponent).join('/');
  return `https://storage.googleapis.com/${path}`;
}

async function fileOf(path: string): Promise<AsyncIterable<Uint8Array>> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new AppError(
      error.code === 'ENOENT' || error.code === 'ENOTDIR' ? 'not_found' : 'bad_file',
      error.code === 'ENOENT' || error.code === 'ENOTDIR'
        ? `There is no file ${path}.`
        : `${path} can't be read: ${error.message}.`,
      { hint: 'Check the path.', details: { path }, cause: error },
    );
  });
  if (!found.isFile()) throw new AppError('bad_file', `${path} is not a file.`, { details: { path } });
  return readable(path);
}

/** A failure to read is told with the file's name. */
async function* readable(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of createReadStream(path, { highWaterMark: PIECE })) yield piece as Uint8Array;
  } catch (error) {
    throw new AppError('bad_file', `${path} can't be read: ${(error as Error).message}.`, { cause: error });
  }
}

async function download(
  url: string,
  { fetch, signal }: { fetch: Fetch | undefined; signal: AbortSignal | undefined },
): Promise<AsyncIterable<Uint8Array>> {
  if (!fetch) {
    throw new AppError('usage', `Nothing here may fetch ${url}.`, { hint: 'Download it, and import the file.' });
  }
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    if (error instanceof AppError) throw error;
    throw new AppError('not_found', `${url} could not be fetched: ${(error as Error).message}.`, {
      hint: 'Check the address and the connection, or import a file.',
      details: { url },
      cause: error,
    });
  });
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new AppError('not_found', `${url} answered ${response.status} ${response.statusText}.`, {
      hint: 'The bucket has refused anonymous downloads (403) at times. A copy of the file can be imported by its path.',
      details: { url, status: response.status },
    });
  }
  return whole(response.body, { url, signal });
}

/** A connection that breaks off is told with the address. */
async function* whole(
  body: AsyncIterable<Uint8Array>,
  { url, signal }: { url: string; signal: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    signal?.throwIfAborted();
    throw new AppError('bad_file', `${url} broke off: ${(error as Error).message}.`, {
      hint: 'Try again, or import a file.',
      details: { url },
      cause: error,
    });
  }
}

function hashed(pieces: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): OpenSource {
  const hash = createHash('sha256');
  async function* through(): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      hash.update(piece);
      yield piece;
    }
  }
  return { pieces: through(), sha256: () => hash.digest('hex') };
}
