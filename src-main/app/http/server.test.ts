// The whole of what a host serves, over real sockets: who gets in, what bad input gets, and that the server stays up.
import { createHash } from 'node:crypto';
import { mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../../src-shared/errors.ts';
import type { Dataset } from '../../../src-shared/contract/datasets.ts';
import type { PlacedEvent } from '../../../src-shared/contract/events.ts';
import type { Upload } from '../../../src-shared/contract/uploads.ts';
import { openLibrary } from '../library.ts';
import type { Library } from '../library.ts';
import { remoteClient } from '../remote-client.ts';
import { createHandler } from './handler.ts';
import { serveOverHttp } from './server.ts';
import type { Served } from './server.ts';

const TOKEN = 'a-token-of-some-length_0123456789';
const bearer = { authorization: `Bearer ${TOKEN}` };

let home: string;
let library: Library;
let served: Served;
const bugs: unknown[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-http-'));
  mkdirSync(join(home, 'web/assets'), { recursive: true });
  writeFileSync(join(home, 'web/index.html'), '<title>Vitrine</title>');
  writeFileSync(join(home, 'web/assets/app.js'), 'export {};');
  writeFileSync(join(home, 'secret.txt'), 'outside');
  library = await openLibrary({ host: 'serve', home, onBug: (error) => bugs.push(error) });
  const onBug = (error: unknown) => bugs.push(error);
  const handler = createHandler({ library, web: join(home, 'web'), onBug });
  served = await serveOverHttp({ handler, host: '127.0.0.1', port: 0, token: TOKEN, onBug });
});
afterAll(async () => {
  await served.close(100);
  await library.close();
  rmSync(home, { recursive: true, force: true });
});
afterEach(() => expect(bugs).toEqual([]));

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** Sends what is said and nothing more: fetch would mend paths and refuse a Host of one's own. */
function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
) {
  const { method = 'GET', headers = {}, body } = options;
  return new Promise<Answer>((resolve, reject) => {
    const sent = request({ port: served.port, path, method, headers, setHost: !('host' in headers) }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A failed request's code; fails where there is no sentence. */
function codeOf({ text }: Answer): string {
  const body = JSON.parse(text) as Failure & { json?: Failure };
  const { code, message } = body.json ?? body;
  expect(message).toMatch(/^\S.*\.$/s);
  return code;
}
interface Failure {
  code: string;
  message: string;
}

/** Writes raw bytes and reads until the other side closes. */
function raw(...parts: (string | number)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(served.port, '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    socket.on('error', reject).on('close', () => resolve(text));
    void (async () => {
      for (const part of parts) {
        if (typeof part === 'number') await setTimeout(part);
        else socket.write(part);
      }
    })();
  });
}

const status = async () => (await ask('/api/system/status', { headers: bearer })).status;

describe('who gets in', () => {
  const places = [
    '/',
    '/assets/app.js',
    '/rpc/system/status',
    '/api/system/status',
    '/openapi.json',
    '/media/uploads/x',
  ];

  test.each(places)('%s without a token is 401', async (path) => {
    const answer = await ask(path);
    expect([answer.status, codeOf(answer)]).toEqual([401, 'unauthorized']);
    expect(answer.headers['www-authenticate']).toContain('Bearer');
  });

  test.each(['Bearer', 'Bearer wrong', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`])(
    'with the authorization "%s" is 401',
    async (authorization) => expect((await ask('/api/system/status', { headers: { authorization } })).status).toBe(401),
  );

  test.each(['localhost', 'LOCALHOST:1', 'app.localhost:8080', '127.0.0.1', '127.0.0.2:99', '[::1]:7848'])(
    'the Host %s is this machine',
    async (host) => expect((await ask('/api/system/status', { headers: { ...bearer, host } })).status).toBe(200),
  );

  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example:80',
    '10.0.0.1',
    'evil.example:7848',
    '',
    'a b',
    'x@localhost',
    '127.0.0.1:99999999',
  ])('the Host "%s" is 403, even with the token', async (host) => {
    const answer = await ask('/api/system/status', { headers: { ...bearer, host } });
    expect([answer.status, codeOf(answer)]).toEqual([403, 'forbidden']);
  });

  test.each([
    'http://evil.example',
    'null',
    'https://localhost.evil.example',
    'http://localhost:1',
    'file://',
    'vitrine://app',
  ])('the Origin %s is 403, even with the token', async (origin) => {
    const answer = await ask('/rpc/system/status', { headers: { ...bearer, origin } });
    expect([answer.status, codeOf(answer)]).toEqual([403, 'forbidden']);
  });

  test('a page of its own gets in, also through a tunnel with another port', async () => {
    const headers = {
      ...bearer,
      host: 'localhost:9000',
      origin: 'http://localhost:9000',
      'sec-fetch-site': 'same-origin',
    };
    expect((await ask('/rpc/system/status', { headers })).status).toBe(200);
  });

  test.each(['cross-site', 'same-site'])('what a browser calls %s is 403', async (site) => {
    const headers = { ...bearer, 'sec-fetch-site': site };
    expect((await ask('/api/system/status', { headers })).status).toBe(403);
    expect(
      (await ask('/', { headers: { ...headers, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' } })).status,
    ).toBe(403);
  });

  test('the address with the token gives a cookie, and is left without it', async () => {
    const entered = await ask(`/?token=${TOKEN}&view=runs`);
    expect(entered.status).toBe(303);
    expect(entered.headers['location']).toBe('/?view=runs');
    const [cookie] = entered.headers['set-cookie'] as string[];
    expect(cookie).toBe(`vitrine-${served.port}=${TOKEN}; Path=/; HttpOnly; SameSite=Strict`);
    const page = await ask('/', { headers: { cookie: `other=1; ${cookie!.split(';')[0]}` } });
    expect([page.status, page.text]).toEqual([200, '<title>Vitrine</title>']);
    expect((await ask('/', { headers: { cookie: `vitrine-1=${TOKEN}` } })).status).toBe(401);
  });

  test('a wrong token in the address, or one at another address, gives nothing', async () => {
    for (const path of [
      '/?token=wrong',
      '/?token=',
      `/assets/app.js?token=${TOKEN}`,
      `/api/system/status?token=${TOKEN}`,
    ]) {
      const answer = await ask(path);
      expect([answer.status, answer.headers['set-cookie']]).toEqual([401, undefined]);
    }
    expect((await ask(`/?token=${TOKEN}`, { method: 'POST' })).status).toBe(401);
  });

  test("a link from another site's page leads in by a page of one's own, so that the strict cookie counts", async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    const answer = await ask(`/?token=${TOKEN}`, { headers });
    expect([answer.status, answer.headers['set-cookie']?.length]).toEqual([200, 1]);
    expect(answer.text).toContain('http-equiv="refresh"');
    // An image or a form of that page doesn't.
    expect((await ask(`/?token=${TOKEN}`, { headers: { ...headers, 'sec-fetch-dest': 'image' } })).status).toBe(403);
  });

  test('a person without the token reads a sentence', async () => {
    const answer = await ask('/', {
      headers: { 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' },
    });
    expect(answer.headers['content-type']).toContain('text/plain');
    expect(answer.text).toMatch(/^This needs the token/);
  });
});

describe('the contract', () => {
  test('answers as oRPC and as plain JSON, and describes itself', async () => {
    const client = remoteClient({ address: served.address, token: TOKEN });
    expect(await client.system.status()).toMatchObject({ host: 'serve', home });
    const plain = await ask('/api/system/status', { headers: bearer });
    expect(JSON.parse(plain.text)).toMatchObject({ host: 'serve', home });
    const document = JSON.parse((await ask('/openapi.json', { headers: bearer })).text) as {
      openapi: string;
      paths: Record<string, Record<string, { parameters?: { name: string; schema: object }[]; responses: object }>>;
    };
    expect(document.openapi).toMatch(/^3\.1/);
    const images = document.paths['/datasets/images']!['get']!;
    expect(images.parameters!.find(({ name }) => name === 'limit')!.schema).toMatchObject({
      type: 'integer',
      maximum: 1000,
    });
    expect(Object.keys(images.responses)).toEqual(expect.arrayContaining(['200', '404', '507']));
  });

  test('an address holds only texts: numbers and truths in it are taken as such', async () => {
    const folder = join(home, 'photos');
    for (const name of ['cat', 'dog']) mkdirSync(join(folder, name), { recursive: true });
    for (const name of ['cat/1.png', 'cat/2.png', 'dog/1.png']) writeFileSync(join(folder, name), PNG);
    const client = remoteClient({ address: served.address, token: TOKEN });
    const { id } = await client.datasets.add({ path: folder });
    await until(async () => (await client.datasets.get({ id })).state === 'ready');
    const answer = await ask(`/api/datasets/images?id=${id}&limit=1&label=0`, { headers: bearer });
    expect(JSON.parse(answer.text)).toMatchObject({ images: [{ class: 'cat' }], next: expect.any(Number) as number });
    const wrong = await ask(`/api/datasets/images?id=${id}&limit=many`, { headers: bearer });
    expect([wrong.status, codeOf(wrong)]).toEqual([400, 'usage']);
    const thumbnail = await fetch(`${served.address}/media/thumbnails/${id}/0`, { headers: bearer });
    expect(thumbnail.headers.get('content-type')).toBe('image/jpeg');
    const etag = thumbnail.headers.get('etag')!;
    const again = await fetch(`${served.address}/media/thumbnails/${id}/0`, {
      headers: { ...bearer, 'if-none-match': etag },
    });
    expect([thumbnail.status, again.status]).toEqual([200, 304]);
    for (const position of ['3', '-1', '1e3', '999999999999', 'x']) {
      expect((await ask(`/media/thumbnails/${id}/${position}`, { headers: bearer })).status).toBe(404);
    }
    await client.datasets.remove({ id });
    expect(readdirSync(folder)).toEqual(['cat', 'dog']);
  });

  test('failures are AppErrors again on the other side', async () => {
    const client = remoteClient({ address: served.address, token: TOKEN });
    const failed = await client.datasets.get({ id: 'none' }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(AppError);
    expect(failed).toMatchObject({ code: 'not_found', message: 'There is no data set none.' });
    const stranger = remoteClient({ address: served.address, token: 'wrong' });
    await expect(stranger.system.status()).rejects.toMatchObject({ code: 'unauthorized' });
    const refused = await client.datasets.add({}).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'usage' });
  });
});

describe('bad input', () => {
  const json = { ...bearer, 'content-type': 'application/json' };

  test.each([
    ['GET', '/rpc/nothing/here', undefined, 404, 'not_found'],
    ['GET', '/rpc', undefined, 404, 'not_found'],
    ['GET', '/rpc/__proto__/constructor', undefined, 404, 'not_found'],
    ['GET', '/api/nothing', undefined, 404, 'not_found'],
    ['POST', '/api/system/status', '{}', 404, 'not_found'],
    ['GET', '/rpc/datasets/add', undefined, 405, 'usage'],
    ['DELETE', '/rpc/system/status', undefined, 405, 'usage'],
    ['POST', '/rpc/datasets/get', '{"json":{"id":"x"}}', 404, 'not_found'],
    ['POST', '/rpc/datasets/get', '{"json":{"id":7}}', 400, 'usage'],
    ['POST', '/rpc/datasets/get', '{"json":', 400, 'usage'],
    ['POST', '/rpc/datasets/get', '[]', 400, 'usage'],
    ['POST', '/rpc/datasets/get', '', 400, 'usage'],
    ['POST', '/rpc/datasets/get', 'null', 400, 'usage'],
    ['POST', '/rpc/datasets/get', '{"json":{"id":"x"},"meta":[[1,"__proto__","polluted"]]}', 400, 'usage'],
    ['POST', '/rpc/datasets/get', '{"json":{"id":"x"},"meta":7}', 400, 'usage'],
    ['GET', '/rpc/datasets/get?data=%7B', undefined, 400, 'usage'],
    ['POST', '/rpc/datasets/add', '{"json":{"path":"/does/not/exist"}}', 404, 'not_found'],
    ['POST', '/rpc/datasets/add', '{"json":{"upload":"none"}}', 404, 'not_found'],
    ['POST', '/rpc/evaluations/start', '{"json":{"checkpoint":"x","dataset":"none"}}', 404, 'not_found'],
    ['POST', '/rpc/evaluations/cancel', '{"json":{"id":"none"}}', 404, 'not_found'],
    [
      'POST',
      '/rpc/predict/images',
      '{"json":{"checkpoint":"/none.npz","images":[{"path":"/none.png"}]}}',
      404,
      'not_found',
    ],
    ['POST', '/rpc/predict/images', '{"json":{"checkpoint":"x","images":[]}}', 400, 'usage'],
    ['POST', '/rpc/engine/remove', '{"json":{"id":"../../etc"}}', 404, 'not_found'],
    ['POST', '/rpc/uploads/remove', '{"json":{"id":"../library.db"}}', 404, 'not_found'],
  ])('%s %s %s is %i %s', async (method, path, body, expected, code) => {
    const answer = await ask(path, { method, headers: json, body });
    expect([answer.status, codeOf(answer)]).toEqual([expected, code]);
  });

  test.each([
    '/missing.js',
    '/assets',
    '/assets/',
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..%5csecret.txt',
    '//etc/passwd',
    '/%',
    '/a%00b',
    '/media',
    '/media/',
    '/media/uploads/',
    '/media/uploads/..%2f..%2fsecret.txt',
    '/media/uploads/../../secret.txt',
    '/media/reports/none/html',
    '/media/reports/../uploads',
    '/media/__proto__/x',
    '/media/thumbnails/none/0',
    '/media/uploads/a/b',
  ])('%s leads nowhere', async (path) => {
    const answer = await ask(path, { headers: bearer });
    expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found']);
    expect(answer.text).not.toContain('outside');
  });

  test.each([
    ['PUT', '/'],
    ['POST', '/assets/app.js'],
    ['DELETE', '/media/uploads/x'],
    ['POST', '/media/thumbnails/x/0'],
    ['PATCH', '/media/uploads'],
  ])('%s %s is 405', async (method, path) => {
    const answer = await ask(path, { method, headers: bearer });
    expect([answer.status, codeOf(answer)]).toEqual([405, 'usage']);
    expect(answer.headers['allow']).toBeDefined();
  });

  test('a body that is too large is refused, announced or not', async () => {
    const size = 16 * 2 ** 20 + 1;
    const announced = await raw(
      `POST /rpc/datasets/get HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\ncontent-length: ${size}\r\nconnection: close\r\n\r\n`,
    );
    expect(announced).toMatch(/^HTTP\/1\.1 413 [\s\S]*"too_large"/);
    const body = Buffer.concat([Buffer.from('{"json":"'), Buffer.alloc(size, 'x'), Buffer.from('"}')]);
    const chunked = await ask('/rpc/datasets/get', {
      method: 'POST',
      headers: { ...json, 'transfer-encoding': 'chunked' },
      body,
    });
    expect([chunked.status, codeOf(chunked)]).toEqual([413, 'too_large']);
    expect(await status()).toBe(200);
  });

  test.each([
    ['no HTTP at all', 'this is not HTTP\r\n\r\n', 400],
    ['a TLS greeting', '\u0016\u0003\u0001\u0002\u0000', 400],
    ['no Host', `GET / HTTP/1.1\r\nauthorization: Bearer ${TOKEN}\r\nconnection: close\r\n\r\n`, 403],
    ['two lengths', `POST /rpc/x HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab`, 400],
    [
      'a length and chunks',
      `POST /rpc/x HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['headers without end', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
    ['a whole address', `GET http://localhost/ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`, 400],
    ['a method of its own', `BREW / HTTP/1.1\r\nhost: localhost\r\n\r\n`, 400],
  ])('%s gets a sentence and a closed line', async (_name, bytes, expected) => {
    const answer = await raw(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${expected} `));
    expect(answer).toMatch(/"message":"[^"]+\./);
    expect(await status()).toBe(200);
  });

  test('requests that are given up in the middle, and connections that say nothing, take nothing down', async () => {
    const head = `POST /rpc/datasets/get HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"json"`;
    for (let i = 0; i < 20; i++) {
      const socket = connect(served.port, '127.0.0.1');
      socket.on('error', () => {});
      if (i % 2 === 0) socket.write(head);
      await setTimeout(5);
      if (i % 3 === 0) socket.resetAndDestroy();
      else socket.destroy();
    }
    expect(await status()).toBe(200);
  });
});

describe('uploads', () => {
  test('a file comes back by its id, whatever it is called', async () => {
    const bytes = Buffer.alloc(300_000, 7);
    const answer = await ask('/media/uploads?name=..%2f..%2fetc%2fpass%00wd.npz', {
      method: 'POST',
      headers: bearer,
      body: bytes,
    });
    const upload = JSON.parse(answer.text) as Upload;
    expect([answer.status, upload.name, upload.bytes]).toEqual([201, 'passwd.npz', bytes.length]);
    expect(upload.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    const back = await fetch(served.address + upload.address, { headers: bearer });
    expect(Buffer.from(await back.arrayBuffer())).toEqual(bytes);
    expect(back.headers.get('content-disposition')).toBe('attachment');
    const client = remoteClient({ address: served.address, token: TOKEN });
    await client.uploads.remove({ id: upload.id });
    expect((await fetch(served.address + upload.address, { headers: bearer })).status).toBe(404);
    expect(readdirSync(join(home, 'uploads'))).toEqual([]);
  });

  test('a picture is shown, a page is not', async () => {
    for (const [body, type] of [
      [PNG, 'image/png'],
      [Buffer.from('<script>alert(1)</script>'), 'application/octet-stream'],
    ] as const) {
      const upload = JSON.parse(
        (await ask('/media/uploads?name=a.html', { method: 'POST', headers: bearer, body })).text,
      ) as Upload;
      const back = await fetch(served.address + upload.address, { headers: bearer });
      expect(back.headers.get('content-type')).toBe(type);
      expect(back.headers.get('content-security-policy')).toContain('sandbox');
      await library.uploads.remove(upload.id);
    }
  });

  test('one that breaks off leaves nothing behind', async () => {
    const head = `POST /media/uploads HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(1000)}`;
    const socket = connect(served.port, '127.0.0.1', () => socket.write(head));
    await until(async () => readdirSync(join(home, 'uploads')).length === 1);
    socket.destroy();
    await until(async () => readdirSync(join(home, 'uploads')).length === 0);
    expect(library.uploads.list()).toEqual([]);
  });

  test('an archive becomes a data set', async () => {
    const archive = Buffer.from(ZIP, 'base64');
    const upload = JSON.parse(
      (await ask('/media/uploads?name=pets.zip', { method: 'POST', headers: bearer, body: archive })).text,
    ) as Upload;
    const client = remoteClient({ address: served.address, token: TOKEN });
    const { id } = await client.datasets.add({ upload: upload.id });
    let dataset: Dataset | undefined;
    await until(async () => (dataset = await client.datasets.get({ id })).state !== 'reading');
    expect(dataset).toMatchObject({ state: 'ready', name: 'pets', source: 'zip', images: 2, classes: 2, error: null });
    await client.datasets.remove({ id });
    expect(readdirSync(join(home, 'datasets'))).toEqual([]);
  });
});

describe('the event stream', () => {
  test('carries what happens, and goes on behind a place after the line broke', async () => {
    const client = remoteClient({ address: served.address, token: TOKEN });
    const abort = new AbortController();
    const stream = await client.system.events({}, { signal: abort.signal });
    const first = stream.next();
    await setTimeout(50);
    library.events.publish({ topic: 'reset' });
    const { position } = (await first).value as PlacedEvent;
    abort.abort();
    library.events.publish({ topic: 'evaluation', id: 'missed', state: 'queued', progress: null });
    const again = await client.system.events({}, { lastEventId: position });
    expect((await again.next()).value).toMatchObject({ event: { id: 'missed' } });
    const after = await client.system.events({ after: position });
    expect((await after.next()).value).toMatchObject({ event: { id: 'missed' } });
    await again.return?.();
    await after.return?.();
  });

  test('200 of them at a time each get every event, in order, and go when their readers go', async () => {
    const client = remoteClient({ address: served.address, token: TOKEN });
    const abort = new AbortController();
    const streams = await Promise.all(
      Array.from({ length: 200 }, () => client.system.events({}, { signal: abort.signal })),
    );
    const firsts = streams.map((stream) => stream.next());
    await until(async () => library.events.readers() === 200);
    const began = performance.now();
    for (const id of ['a', 'b', 'c']) library.events.publish({ topic: 'dataset', id, state: 'ready', progress: null });
    const got = await Promise.all(
      streams.map(async (stream, i) => {
        const events = [await firsts[i]!, await stream.next(), await stream.next()];
        return events.map(({ value }) => (value as { event: { id: string } }).event.id).join('');
      }),
    );
    const milliseconds = performance.now() - began;
    expect(new Set(got)).toEqual(new Set(['abc']));
    expect(milliseconds).toBeLessThan(2000);
    expect(await status()).toBe(200);
    abort.abort();
    await until(async () => library.events.readers() === 0);
  });
});

test('a port that is taken is said to be', async () => {
  const again = serveOverHttp({
    handler: async () => new Response(),
    host: '127.0.0.1',
    port: served.port,
    token: TOKEN,
    onBug: () => {},
  });
  await expect(again).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining(String(served.port)) as string,
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 10_000; !(await holds());) {
    if (performance.now() > end) throw new Error('waited 10 s in vain');
    await setTimeout(20);
  }
}

/** 1 × 1 px. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFAAH/q842iQAAAABJRU5ErkJggg==',
  'base64',
);
/** cat/1.png and dog/1.png. */
const ZIP =
  'UEsDBBQAAAAAAAAAIVBp2bY3RgAAAEYAAAAJAAAAY2F0LzEucG5niVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAA' +
  'DUlEQVR42mP8z8DwHwAFAAH/q842iQAAAABJRU5ErkJgglBLAwQUAAAAAAAAACFQadm2N0YAAABGAAAACQAAAGRvZy8xLnBuZ4lQ' +
  'TkcNChoKAAAADUlIRFIAAAABAAAAAQgGAAAAHxXEiQAAAA1JREFUeNpj/M/A8B8ABQAB/6vONokAAAAASUVORK5CYIJQSwECFAMU' +
  'AAAAAAAAACFQadm2N0YAAABGAAAACQAAAAAAAAAAAAAAgAEAAAAAY2F0LzEucG5nUEsBAhQDFAAAAAAAAAAhUGnZtjdGAAAARgAA' +
  'AAkAAAAAAAAAAAAAAIABbQAAAGRvZy8xLnBuZ1BLBQYAAAAAAgACAG4AAADaAAAAAAA=';
