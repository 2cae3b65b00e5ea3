// Downloads against a server that lies, stalls, breaks off and answers nonsense.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { breaking, honest, honestHeaders, safetensors, sha256, startServer } from './test-server.fixture.ts';
import type { Handler, TestServer } from './test-server.fixture.ts';
import { openTestLibrary, type TestLibrary } from './test-library.fixture.ts';
import type { Source } from './service.ts';

const CONTENT = safetensors(1_000_000);
const OTHER = safetensors(1_000_000);
const NAME = 'x.safetensors';
/** The range of a request that goes on with what is there: a part of what was under way may be lost. */
const MIDWAY = expect.stringMatching(/^bytes=[1-9]\d{4,5}-$/) as string;

let server: TestServer;
let library: TestLibrary;
beforeEach(async () => {
  server = await startServer();
  library = openTestLibrary();
});
afterEach(async () => {
  await library.close();
  await server.close();
});

/** Makes NAME known under these handlers, in order, and fetches it. */
async function fetchFrom(...sources: (Handler | [Handler, Partial<Source>])[]) {
  library.publish(
    NAME,
    sources.map((entry, i) => {
      const [handler, facts] = Array.isArray(entry) ? entry : [entry, {}];
      return { url: server.on(`/mirror-${i}/${NAME}`, handler), kind: 'other', ...facts };
    }),
  );
  return library.fetch(NAME);
}

const placed = (): Buffer => readFileSync(join(library.folder, 'test', NAME));
const isPlaced = (): boolean => existsSync(join(library.folder, 'test', NAME));
/** The first answer is one handler's, all others another's. */
const first =
  (one: Handler, rest: Handler): Handler =>
  (request, response, number) =>
    (number === 1 ? one : rest)(request, response, number);
const status =
  (code: number, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    void response.writeHead(code, headers).end('no');
const html: Handler = (_request, response) =>
  void response.writeHead(200, { 'content-type': 'text/html' }).end('<!DOCTYPE html><title>Sign in</title>');

test('an honest server: verified, entered, and every request written down', async () => {
  const download = await fetchFrom(honest(CONTENT));
  expect(download).toMatchObject({ state: 'done', sha256: sha256(CONTENT), bytes: CONTENT.length, attempts: [] });
  expect(download.evidence).toEqual(['size', 'MD5 that the server names', 'ETag, which is its MD5,', 'structure']);
  expect(placed().equals(CONTENT)).toBe(true);
  const { checkpoint } = await library.checkpoints.get(download.checkpoint!);
  expect(checkpoint).toMatchObject({ origin: 'download', file: `test/${NAME}`, state: 'present' });
  expect(library.network.list({ limit: 10 })).toMatchObject({
    total: 1,
    requests: [{ method: 'GET', status: 200, bytes: CONTENT.length, purpose: `download of ${NAME}`, error: null }],
  });
  expect(existsSync(join(library.folder, '.downloads', String(download.id)))).toBe(false);
});

describe('sizes and ranges', () => {
  test('a connection that breaks off is gone on with where it was', async () => {
    const download = await fetchFrom(first(breaking(CONTENT, 600_000), honest(CONTENT)));
    expect(download.state).toBe('done');
    expect(server.asked.map(({ range }) => range)).toEqual([undefined, MIDWAY]);
    expect(server.asked[1]!.headers['if-range']).toBe(honestHeaders(CONTENT)['etag']);
    expect(placed().equals(CONTENT)).toBe(true);
  });

  test('it is not gone on with where nothing says that the content is the same', async () => {
    const silent = (content: Buffer, after: number): Handler => breaking(content, after, { etag: 'W/"weak"' });
    const download = await fetchFrom(first(silent(CONTENT, 600_000), honest(OTHER)));
    expect(download.state).toBe('done');
    expect(server.asked[1]!.range).toBeUndefined();
    expect(placed().equals(OTHER)).toBe(true);
  });

  const SIZE = CONTENT.length;
  test.each<[string, (from: number) => Record<string, string>]>([
    ['other bytes', () => ({ 'content-range': `bytes 0-${SIZE - 1}/${SIZE}` })],
    ['another size', (from) => ({ 'content-range': `bytes ${from}-${SIZE}/${SIZE + 1}` })],
    ['no range', () => ({ 'content-range': 'bytes' })],
    ['another ETag', (from) => ({ 'content-range': `bytes ${from}-${SIZE - 1}/${SIZE}`, etag: '"other"' })],
    [
      'a length that does not go with it',
      (from) => ({ 'content-range': `bytes ${from}-${SIZE - 1}/${SIZE}`, 'content-length': '6' }),
    ],
  ])('206 with %s: begun anew', async (_what, headersFor) => {
    const lie: Handler = (request, response) => {
      const from = Number(/\d+/.exec(request.headers.range!)![0]);
      const length = { 'content-length': String(SIZE - from) };
      response.writeHead(206, { etag: honestHeaders(CONTENT)['etag']!, ...length, ...headersFor(from) });
      response.end('abcdef');
    };
    const download = await fetchFrom((request, response, number) =>
      (number === 1 ? breaking(CONTENT, 600_000) : number === 2 ? lie : honest(CONTENT))(request, response, number),
    );
    expect(download.state).toBe('done');
    expect(server.asked.map(({ range }) => range)).toEqual([undefined, MIDWAY, undefined]);
    expect(placed().equals(CONTENT)).toBe(true);
  });

  test('200 to a range: begun anew', async () => {
    const noRanges: Handler = (_request, response) => void response.writeHead(200, honestHeaders(CONTENT)).end(CONTENT);
    expect((await fetchFrom(first(breaking(CONTENT, 600_000), noRanges))).state).toBe('done');
    expect(placed().equals(CONTENT)).toBe(true);
  });

  test('a part that nobody asked for, and 416: not taken for the file', async () => {
    const part: Handler = (_request, response) =>
      void response.writeHead(206, { 'content-range': `bytes 0-9/${CONTENT.length}` }).end(CONTENT.subarray(0, 10));
    const download = await fetchFrom(part, status(416));
    expect(download.state).toBe('failed');
    expect(download.attempts.map(({ why }) => why)).toEqual([
      expect.stringContaining('gives a part that was not asked for'),
      expect.stringContaining('has no bytes from 0 on'),
    ]);
    expect(isPlaced()).toBe(false);
  });

  test('content that changes midway: the new one, whole', async () => {
    expect((await fetchFrom(first(breaking(CONTENT, 600_000), honest(OTHER)))).state).toBe('done');
    expect(server.asked[1]!.range).toEqual(MIDWAY);
    expect(placed().equals(OTHER)).toBe(true);
  });

  test('a body that is always too short: the next mirror', async () => {
    const short: Handler = (_request, response) => {
      response.writeHead(200, { ...honestHeaders(CONTENT), etag: '' });
      response.write(CONTENT.subarray(0, 1000), () => response.destroy());
    };
    const download = await fetchFrom(short, honest(CONTENT));
    expect(download).toMatchObject({ state: 'done', source: 1 });
    expect(download.attempts).toMatchObject([{ why: expect.stringContaining('the connection broke') as string }]);
  });

  test('a body that is longer than published: the next mirror', async () => {
    const long: Handler = (_request, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' });
      response.end(Buffer.concat([CONTENT, Buffer.alloc(100_000)]));
    };
    const download = await fetchFrom([long, { size: CONTENT.length }], honest(CONTENT));
    expect(download).toMatchObject({ state: 'done', source: 1 });
    expect(download.attempts[0]!.why).toMatch(/sends more than the \d+ bytes/);
  });

  test('a chunked body that ends early is noticed by the published size', async () => {
    const early: Handler = (_request, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' });
      response.end(CONTENT.subarray(0, 500_000));
    };
    const download = await fetchFrom([early, { size: CONTENT.length }], honest(CONTENT));
    expect(download).toMatchObject({ state: 'done', source: 1 });
    expect(download.attempts[0]!.why).toMatch(/ended after 500000 of/);
  });

  test('another size than published: not even begun', async () => {
    const download = await fetchFrom([honest(CONTENT), { size: CONTENT.length + 1 }]);
    expect(download).toMatchObject({ state: 'failed', failure: { code: 'network' }, bytes: 0 });
    expect(download.failure!.message).toContain(`${CONTENT.length + 1} are published`);
  });
});

describe('hashes and content', () => {
  const claiming =
    (headers: Record<string, string>): Handler =>
    (_request, response) =>
      void response.writeHead(200, { ...honestHeaders(CONTENT), ...headers }).end(CONTENT);
  const wrongMd5 = createHash('md5').update('wrong').digest();

  test.each<[string, Handler | [Handler, Partial<Source>], string]>([
    ['x-goog-hash md5', claiming({ 'x-goog-hash': `md5=${wrongMd5.toString('base64')}` }), 'MD5 that the server names'],
    ['x-goog-hash crc32c', claiming({ 'x-goog-hash': 'crc32c=AAAAAA==' }), 'CRC-32C that the server names'],
    ['an ETag of a storage service', claiming({ etag: `"${wrongMd5.toString('hex')}"` }), 'ETag, which is its MD5,'],
    ['a published SHA-256', [claiming({}), { sha256: sha256(OTHER) }], 'published SHA-256'],
  ])('%s that differs: the next mirror, and nothing is kept', async (_what, source, sum) => {
    const download = await fetchFrom(source, honest(OTHER));
    expect(download).toMatchObject({ state: 'done', source: 1, sha256: sha256(OTHER) });
    expect(download.attempts).toHaveLength(1);
    expect(download.attempts[0]!.why).toContain(`its ${sum} is`);
  });

  test('an ETag that only looks like an MD5 proves nothing and refutes nothing', async () => {
    const plain: Handler = (_request, response) =>
      void response.writeHead(200, { etag: `"${wrongMd5.toString('hex')}"` }).end(CONTENT);
    const download = await fetchFrom(plain);
    expect(download).toMatchObject({ state: 'done', evidence: ['structure'] });
  });

  test('a file that is damaged inside: failed, and nothing is kept', async () => {
    const npz = readFileSync(join(import.meta.dirname, '../../../bench/goldens/models/vit_tiny16/checkpoint.npz'));
    const damaged = Buffer.from(npz);
    damaged[damaged.length >> 1]! ^= 0xff;
    library.publish('y.npz', [{ url: server.on('/y.npz', honest(damaged)), kind: 'other' }]);
    const download = await library.fetch('y.npz');
    expect(download).toMatchObject({ state: 'failed', checkpoint: null });
    expect(existsSync(join(library.folder, 'test/y.npz'))).toBe(false);
    server.on('/y.npz', honest(npz));
    library.downloads.resume(download.id);
    const again = await library.until(download.id, ({ state }) => state === 'done');
    expect(again.evidence).toContain('own checksums');
  });

  test.each<[string, Handler, string]>([
    ['a web page', html, 'sends a web page'],
    [
      'a web page that says it is a file',
      (_request, response) =>
        void response.writeHead(200, honestHeaders(CONTENT)).end(`<html>${' '.repeat(CONTENT.length - 6)}`),
      'sends a web page',
    ],
    [
      'an error in XML',
      (_request, response) => void response.end("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"),
      'an error message (XML)',
    ],
    [
      'a Git LFS pointer',
      (_request, response) => void response.end('version https://git-lfs.github.com/spec/v1\n'),
      'Git LFS',
    ],
    ['nothing', (_request, response) => void response.end(), 'neither an .npz nor'],
  ])('%s in place of the checkpoint: the next mirror', async (_what, handler, why) => {
    const download = await fetchFrom(handler, honest(CONTENT));
    expect(download).toMatchObject({ state: 'done', source: 1 });
    expect(download.attempts[0]!.why).toContain(why);
  });

  test('a login page while resuming does not cost what is there', async () => {
    const download = await fetchFrom(first(breaking(CONTENT, 600_000), html));
    expect(download).toMatchObject({ state: 'failed' });
    server.on(`/mirror-0/${NAME}`, honest(CONTENT));
    library.downloads.resume(download.id);
    await library.until(download.id, ({ state }) => state === 'done');
    expect(server.asked.at(-1)!.range).toEqual(MIDWAY);
    expect(placed().equals(CONTENT)).toBe(true);
  });

  test('compressed on its way: unpacked', async () => {
    const packed = gzipSync(CONTENT);
    const download = await fetchFrom((_request, response) => {
      const headers = { ...honestHeaders(packed), 'content-encoding': 'gzip' };
      response.writeHead(200, headers).end(packed);
    });
    expect(download).toMatchObject({ state: 'done', sha256: sha256(CONTENT) });
  });

  test('compressed nonsense, a bomb, an unknown packing: refused', async () => {
    const encoded =
      (encoding: string, body: Buffer): Handler =>
      (_request, response) =>
        void response.writeHead(200, { 'content-encoding': encoding }).end(body);
    const bomb = gzipSync(Buffer.concat([CONTENT, Buffer.alloc(50_000_000)]));
    const download = await fetchFrom(
      encoded('gzip', Buffer.from('this is not gzip at all')),
      [encoded('gzip', bomb), { size: CONTENT.length }],
      encoded('rot13', CONTENT),
    );
    expect(download.attempts.map(({ why }) => why)).toEqual([
      expect.stringContaining("what it sends can't be unpacked"),
      expect.stringMatching(/sends more than/),
      expect.stringContaining('compressed as "rot13"'),
    ]);
    expect(isPlaced()).toBe(false);
  });
});

describe('time and refusal', () => {
  test('a body that stalls is gone on with', async () => {
    const stalling: Handler = (_request, response) => {
      response.writeHead(200, honestHeaders(CONTENT));
      response.write(CONTENT.subarray(0, 600_000));
    };
    const download = await fetchFrom(first(stalling, honest(CONTENT)));
    expect(download.state).toBe('done');
    expect(server.asked[1]!.range).toEqual(MIDWAY);
    expect(library.network.list({ limit: 2 }).requests[1]!.error).toMatch(/has sent nothing for/);
  });

  test('a body that drips is given up', async () => {
    const dripping: Handler = (_request, response) => {
      response.writeHead(200, honestHeaders(CONTENT));
      let at = 0;
      const timer = setInterval(() => response.write(CONTENT.subarray(at, (at += 10))), 50);
      response.on('close', () => clearInterval(timer));
    };
    const download = await fetchFrom(dripping, honest(CONTENT));
    expect(download).toMatchObject({ state: 'done', source: 1 });
    expect(download.attempts[0]!.why).toMatch(/sends only \d+ bytes a second/);
  });

  test('a server that never answers, and one that speaks no HTTP', async () => {
    const babble = createServer((socket) => void socket.end('220 mail.example.org ESMTP\r\n'));
    await new Promise<void>((resolve) => babble.listen(0, '127.0.0.1', resolve));
    const { port } = babble.address() as AddressInfo;
    try {
      library.publish(NAME, [
        { url: server.on('/never', () => {}), kind: 'other' },
        { url: `http://127.0.0.1:${port}/${NAME}`, kind: 'other' },
        { url: server.on(`/${NAME}`, honest(CONTENT)), kind: 'other' },
      ]);
      const download = await library.fetch(NAME);
      expect(download).toMatchObject({ state: 'done', source: 2 });
      expect(download.attempts.map(({ why }) => why)).toEqual([
        expect.stringContaining('does not answer'),
        expect.stringContaining('the answer is no HTTP'),
      ]);
    } finally {
      babble.close();
    }
  });

  test('403 and 404: the next mirror at once, with the reason kept', async () => {
    const download = await fetchFrom(status(403), status(404), honest(CONTENT));
    expect(download).toMatchObject({ state: 'done', source: 2 });
    expect(download.attempts.map(({ why }) => why)).toEqual([
      `${server.url}/mirror-0/${NAME} answers 403 (it refuses).`,
      `${server.url}/mirror-1/${NAME} answers 404 (there is no such file).`,
    ]);
    expect(server.asked).toHaveLength(3);
  });

  test('where no source gives it, each reason is told', async () => {
    const download = await fetchFrom(status(403), html);
    expect(download).toMatchObject({ state: 'failed', failure: { code: 'network' } });
    expect(download.failure!.message).toMatch(/None of 2 sources .* answers 403 .* a web page/);
    expect(download.failure!.hint).toContain('vitrine library import');
  });

  test('5xx: tried again, a few times', async () => {
    const flaky: Handler = (request, response, number) =>
      (number < 4 ? status(503) : honest(CONTENT))(request, response, number);
    expect(await fetchFrom(flaky)).toMatchObject({ state: 'done', attempts: [] });
    expect(server.asked).toHaveLength(4);
  });

  test('5xx without end: the next mirror after four tries', async () => {
    expect(await fetchFrom(status(500), honest(CONTENT))).toMatchObject({ state: 'done', source: 1 });
    expect(server.asked).toHaveLength(5);
  });

  test('429 is waited for as asked, and not for an hour', async () => {
    const start = performance.now();
    const busy = first(status(429, { 'retry-after': '1' }), honest(CONTENT));
    expect(await fetchFrom(busy)).toMatchObject({ state: 'done', source: 0 });
    expect(performance.now() - start).toBeGreaterThan(1000);
    library.publish('z', [
      { url: server.on('/z', status(429, { 'retry-after': '3600' })), kind: 'other' },
      { url: server.on('/zz', honest(CONTENT)), kind: 'other' },
    ]);
    expect(await library.fetch('z')).toMatchObject({ state: 'done', source: 1 });
  });
});
