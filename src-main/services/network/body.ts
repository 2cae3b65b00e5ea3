import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { AppError } from '../../../src-shared/errors.ts';
import { asNetworkError, networkError } from './network-error.ts';
import type { OpenRequest } from './request-log.ts';

/** An answer, after redirects. Its body must be read to its end, or closed. */
export interface NetworkResponse {
  status: number;
  /** By lower-case name; repeated ones joined by ", ". */
  headers: Readonly<Record<string, string>>;
  /** Where the answer came from in the end, fit to be shown. */
  address: string;
  /** The body was compressed on its way: sizes and hashes that the headers name are those of the compressed form. */
  encoded: boolean;
  /** @throws AppError network (broken, stalled, too large), interrupted, offline */
  body: AsyncGenerator<Uint8Array, void>;
  close(): void;
}

/** How long is waited for what. Only time in which we wait for the other machine counts. */
export interface Patience {
  /** For the head of an answer, ms. */
  connectMs: number;
  /** For the next bytes of a body, ms. */
  stallMs: number;
  /** A body that comes slower than this over `slowMs` of waiting is given up. */
  slowestBytesPerSecond: number;
  slowMs: number;
}

export interface BodyOptions {
  entry: OpenRequest;
  patience: Patience;
  /** Most bytes, after decoding. */
  maxBytes: number;
  signal: AbortSignal;
  address: string;
  onEnd: () => void;
}

const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** An answer whose body comes as it is asked for, within bounds of size and time; its entry in the log ends with it. */
export function readBody(message: IncomingMessage, options: BodyOptions): NetworkResponse {
  const { entry, address } = options;
  const status = message.statusCode!;
  const headers = Object.fromEntries(
    Object.entries(message.headersDistinct).map(([name, values]) => [name, (values ?? []).join(', ')]),
  );
  const encoding = (headers['content-encoding'] ?? '').trim().toLowerCase() || 'identity';
  let wire = 0;
  const end = (error: string | null): void => {
    message.destroy();
    entry.end({ status, bytes: wire, error });
    options.onEnd();
  };
  message.on('error', () => {}); // where nobody reads the body, nobody need hear of its end
  async function* body(): AsyncGenerator<Uint8Array, void> {
    let error: string | null = null;
    try {
      const raw = patientChunks(message, options, (count) => (wire += count));
      yield* bounded(encoding === 'identity' ? raw : decode(raw, encoding, address), options);
    } catch (thrown) {
      const failure = failureOf(thrown, options);
      error = failure instanceof Error ? failure.message : String(failure);
      throw failure;
    } finally {
      end(error);
    }
  }
  return { status, headers, address, encoded: encoding !== 'identity', body: body(), close: () => end(null) };
}

/** The body as it comes over the wire; gives up on one that stalls or drips. */
async function* patientChunks(
  message: IncomingMessage,
  { patience, address }: BodyOptions,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array, void> {
  const { stallMs, slowMs, slowestBytesPerSecond } = patience;
  const chunks = message[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, void>;
  let waited = 0;
  let bytes = 0;
  for (;;) {
    const start = performance.now();
    const timer = setTimeout(() => {
      const sentence = `${address} has sent nothing for ${Math.round(stallMs / 1000)} s.`;
      message.destroy(networkError('stalled', sentence));
    }, stallMs);
    const next = await chunks.next().finally(() => clearTimeout(timer));
    if (next.done) return;
    const { value } = next;
    waited += performance.now() - start;
    bytes += value.byteLength;
    onBytes(value.byteLength);
    yield value;
    if (waited < slowMs) continue;
    const rate = (bytes / waited) * 1000;
    if (rate < slowestBytesPerSecond) {
      throw networkError('stalled', `${address} sends only ${Math.round(rate)} bytes a second.`);
    }
    waited = bytes = 0;
  }
}

async function* decode(
  raw: AsyncGenerator<Uint8Array, void>,
  encoding: string,
  address: string,
): AsyncGenerator<Uint8Array, void> {
  const create = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (!create) throw networkError('protocol', `${address} answers compressed as "${encoding}", which is not read.`);
  const source = Readable.from(raw);
  const decoder = create();
  source.on('error', (error) => decoder.destroy(error));
  source.pipe(decoder);
  try {
    for await (const chunk of decoder) yield chunk as Uint8Array;
  } finally {
    source.destroy();
    decoder.destroy();
  }
}

async function* bounded(
  chunks: AsyncGenerator<Uint8Array, void>,
  { maxBytes, address }: BodyOptions,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      throw networkError('too-large', `${address} sends more than the ${maxBytes} bytes it may.`, { maxBytes });
    }
    yield chunk;
  }
}

function failureOf(error: unknown, { signal, address }: BodyOptions): unknown {
  if (signal.aborted && signal.reason instanceof AppError) return signal.reason;
  return asNetworkError(error, address);
}
