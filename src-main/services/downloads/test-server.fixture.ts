import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32c } from '../../../src-shared/crc32c.ts';
import { crc32cBase64 } from './crc32c-base64.ts';

/** @param number of this request to the path, from 1 */
export type Handler = (request: IncomingMessage, response: ServerResponse, number: number) => void;

export interface TestServer {
  url: string;
  /** Paths that were asked for, in order, with the Range header of each. */
  asked: { path: string; range: string | undefined; headers: IncomingMessage['headers'] }[];
  on(path: string, handler: Handler): string;
  close(): Promise<void>;
}

/** A server on this machine whose every path behaves as a test says. */
export async function startServer(): Promise<TestServer> {
  const handlers = new Map<string, Handler>();
  const counts = new Map<string, number>();
  const asked: TestServer['asked'] = [];
  const server: Server = createServer((request, response) => {
    const path = request.url!.split('?')[0]!;
    const number = (counts.get(path) ?? 0) + 1;
    counts.set(path, number);
    asked.push({ path, range: request.headers.range, headers: request.headers });
    const handler = handlers.get(path);
    if (handler) handler(request, response, number);
    else response.writeHead(404).end('no such file');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    on(path, handler) {
      handlers.set(path, handler);
      return url + path;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** What a storage service says of a file. */
export function honestHeaders(content: Buffer): Record<string, string> {
  const md5 = createHash('md5').update(content).digest();
  return {
    'content-type': 'application/octet-stream',
    'content-length': String(content.length),
    etag: `"${md5.toString('hex')}"`,
    'x-goog-hash': `crc32c=${crc32cBase64(crc32c(content))},md5=${md5.toString('base64')}`,
    'accept-ranges': 'bytes',
  };
}

/** A server as it should be: ranges, and If-Range. */
export function honest(content: Buffer, extra: Record<string, string> = {}): Handler {
  return (request, response) => {
    const headers = { ...honestHeaders(content), ...extra };
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
    const isSame = request.headers['if-range'] === undefined || request.headers['if-range'] === headers['etag'];
    if (Number.isNaN(from) || !isSame) {
      response.writeHead(200, headers).end(content);
      return;
    }
    if (from >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    headers['content-range'] = `bytes ${from}-${content.length - 1}/${content.length}`;
    headers['content-length'] = String(content.length - from);
    response.writeHead(206, headers).end(content.subarray(from));
  };
}

/** Answers well, but breaks off after so many bytes. */
export function breaking(content: Buffer, after: number, extra: Record<string, string> = {}): Handler {
  return (_request, response) => {
    response.writeHead(200, { ...honestHeaders(content), ...extra });
    response.write(content.subarray(0, after), () => setTimeout(() => response.destroy(), 100));
  };
}

/** A sound .safetensors file of about so many bytes, whose layout is nobody's. */
export function safetensors(bytes: number): Buffer {
  const count = Math.ceil(bytes / 4);
  const header = JSON.stringify({ x: { dtype: 'F32', shape: [count], data_offsets: [0, count * 4] } });
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8, ' ');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const numbers = randomBytes(count * 4);
  for (let i = 3; i < numbers.length; i += 4) numbers[i] = 0x3f; // finite, of moderate size
  return Buffer.concat([length, Buffer.from(padded), numbers]);
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
