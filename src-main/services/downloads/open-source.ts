import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../../src-shared/errors.ts';
import { networkError, type Network, type NetworkResponse, type Patience } from '../network/service.ts';
import { claimsOf, contentLength, contentRange, NO_CLAIMS, type Claims } from './claims.ts';
import type { Source } from './source.ts';

/** What a source gives, from some byte on. */
export interface OpenedSource {
  /** First byte that comes: as asked, or 0 where the source begins anew. */
  from: number;
  claims: Claims;
  /** Content type; '' where it isn't said. */
  type: string;
  /** Fit to be shown. */
  address: string;
  body: AsyncIterable<Uint8Array>;
  close(): void;
}

export interface OpenSourceOptions {
  network: Network;
  purpose: string;
  signal: AbortSignal;
  /** Go on from here, if the content is still what `claims` say. */
  from: number;
  claims: Claims | null;
  maxBytes: number;
  patience?: Partial<Patience>;
}

/**
 * Opens a source, behind the bytes that are here where that is safe.
 * @throws AppError network with `status` and `retryAfter`, and what Network.request throws; not_found for a file
 */
export async function openSource(source: Source, options: OpenSourceOptions): Promise<OpenedSource> {
  return source.url.startsWith('file:') ? openFile(source, options) : openAddress(source, options);
}

async function openAddress(source: Source, options: OpenSourceOptions): Promise<OpenedSource> {
  const { network, purpose, signal, from, claims, maxBytes, patience } = options;
  const validator = claims?.etag ?? claims?.lastModified;
  const headers: Record<string, string> = {};
  if (from > 0) headers['range'] = `bytes=${from}-`;
  if (from > 0 && validator) headers['if-range'] = validator;
  const response = await network.request(source.url, { purpose, signal, headers, maxBytes, patience });
  const { status, address, encoded } = response;
  const give = (first: number, total: number | null): OpenedSource => ({
    from: first,
    claims: claimsOf(response.headers, { encoded, total }),
    type: response.headers['content-type'] ?? '',
    address,
    body: response.body,
    close: () => response.close(),
  });
  if (status === 200) return give(0, encoded ? null : contentLength(response.headers));
  if (status === 206 && from > 0 && !encoded) {
    if (isRestOf(response.headers, from, claims)) return give(from, contentRange(response.headers)!.total);
    response.close();
    const got = response.headers['content-range'] ?? 'no range';
    throw networkError('range', `${address} was asked for the bytes from ${from} on and gives others (${got}).`);
  }
  response.close();
  if (status === 206) throw networkError('range', `${address} gives a part that was not asked for.`);
  if (status === 416) throw networkError('range', `${address} has no bytes from ${from} on.`);
  throw networkError('status', `${address} answers ${status}${STATUS[status] ? ` (${STATUS[status]})` : ''}.`, {
    status,
    retryAfter: response.headers['retry-after'],
  });
}

/** Whether a partial answer is all that is missing, of the content that is half here. */
function isRestOf(headers: NetworkResponse['headers'], from: number, claims: Claims | null): boolean {
  const range = contentRange(headers);
  if (range?.from !== from) return false;
  const length = contentLength(headers);
  if (length !== null && length !== range.to - range.from + 1) return false;
  const known = claims?.total ?? null;
  if (range.total !== null && (range.to !== range.total - 1 || (known !== null && known !== range.total))) return false;
  const etag = headers['etag'];
  return claims === null || claims.etag === null || etag === undefined || etag === claims.etag;
}

const STATUS: Readonly<Record<number, string>> = {
  401: 'it wants a user',
  403: 'it refuses',
  404: 'there is no such file',
  410: 'the file is gone',
  429: 'too many requests',
  451: 'not available for legal reasons',
  500: 'the server failed',
  502: 'the server behind it does not answer',
  503: 'the server is busy',
  504: 'the server behind it does not answer',
};

async function openFile(source: Source, { from, claims }: OpenSourceOptions): Promise<OpenedSource> {
  const path = fileURLToPath(source.url);
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) throw new AppError('not_found', `There is no file ${path}.`);
  const now: Claims = { ...NO_CLAIMS, total: found.size, etag: `"${found.mtimeMs}-${found.size}"` };
  const start = from > 0 && claims?.etag === now.etag ? from : 0;
  const stream = createReadStream(path, { start, highWaterMark: 1 << 20 });
  return { from: start, claims: now, type: '', address: path, body: stream, close: () => void stream.destroy() };
}
