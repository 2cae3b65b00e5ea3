import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LibraryEvent } from '../../../src-shared/contract/events.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { openDatabase, type Database } from '../../database/open.ts';
import { createEvents } from '../events/service.ts';
import { createSettings, type SettingsService } from '../settings/service.ts';
import { checkAddress, publicAddress, redirected } from './address.ts';
import { createRequestLog } from './request-log.ts';
import { createNetwork, type Network } from './service.ts';

let database: Database;
let settings: SettingsService;
let network: Network;
let server: Server;
let url: string;
let published: LibraryEvent[];
let handler: (request: IncomingMessage, response: ServerResponse) => void;
const asked: IncomingMessage[] = [];

beforeEach(async () => {
  asked.length = 0;
  published = [];
  database = openDatabase(':memory:');
  const events = { ...createEvents(), publish: (event: LibraryEvent) => void published.push(event) };
  settings = createSettings({ database, events });
  network = createNetwork({ database, events, settings, patience: { connectMs: 300, stallMs: 300 } });
  handler = (_request, response) => void response.end('hello');
  server = createServer((request, response) => {
    asked.push(request);
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  network.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  database.close();
});

const OPTIONS = { purpose: 'a test', maxBytes: 1000 };

async function text(address: string, options: Partial<Parameters<Network['request']>[1]> = {}): Promise<string> {
  const response = await network.request(address, { ...OPTIONS, ...options });
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function failure(act: Promise<unknown>): Promise<AppError> {
  const error = await act.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error;
  throw error;
}

const log = () => network.list({ limit: 100 });

test('a request is written down when it begins and when it has ended, and told about', async () => {
  const response = await network.request(`${url}/a?key=secret#part`, OPTIONS);
  expect(log().requests[0]).toMatchObject({ milliseconds: null, status: null, address: `${url}/a?key=…` });
  for await (const chunk of response.body) expect(Buffer.from(chunk).toString()).toBe('hello');
  expect(log()).toMatchObject({
    total: 1,
    requests: [{ method: 'GET', status: 200, bytes: 5, purpose: 'a test', error: null }],
  });
  expect(log().requests[0]!.milliseconds).toBeGreaterThan(0);
  expect(published.map((event) => event.topic)).toEqual(['request', 'request']);
});

test('closing an answer unread ends it', async () => {
  handler = (_request, response) => void response.write('x');
  const response = await network.request(url, OPTIONS);
  response.close();
  expect(log().requests[0]).toMatchObject({ status: 200, error: null });
});

test('offline: nothing is asked, nothing is written down, and what is under way ends', async () => {
  handler = (_request, response) => void response.write('x');
  const response = await network.request(url, { ...OPTIONS, patience: { stallMs: 10_000 } });
  const reading = response.body.next().then(() => response.body.next());
  setTimeout(() => settings.set({ offline: true }), 20);
  expect((await failure(reading)).code).toBe('offline');
  expect((await failure(text(url))).code).toBe('offline');
  expect(() => network.record({ address: 'pypi', purpose: 'engine' })).toThrow('set offline');
  expect(log().total).toBe(1);
  settings.set({ offline: false });
  handler = (_request, response) => void response.end('back');
  expect(await text(url)).toBe('back');
});

test('the signal ends a request, before and while it is read', async () => {
  handler = () => {};
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 20);
  expect((await failure(text(url, { signal: abort.signal }))).code).toBe('interrupted');
  expect((await failure(text(url, { signal: abort.signal }))).code).toBe('interrupted');
  expect(log()).toMatchObject({ total: 1, requests: [{ error: 'The request was stopped.' }] });
});

test('a body larger than it may be is cut off', async () => {
  handler = (_request, response) => void response.end(Buffer.alloc(5000));
  const error = await failure(text(url));
  expect(error).toMatchObject({ code: 'network', details: { reason: 'too-large' } });
});

test.each([
  ['http://127.0.0.1:1/', 'refused'],
  ['https://127.0.0.1:1/', 'refused'],
  ['https://name.invalid/', 'dns'],
])('%s: %s', async (address, reason) => {
  const error = await failure(text(address));
  expect(error).toMatchObject({ code: 'network', details: { reason } });
  expect(log().requests[0]!.error).toBe(error.message);
});

test('TLS to a server that speaks none', async () => {
  const error = await failure(text(url.replace('http:', 'https:')));
  expect(error).toMatchObject({ code: 'network', details: { reason: 'tls' } });
});

describe('redirects', () => {
  test('are followed, each written down, with what was asked', async () => {
    handler = (request, response) => {
      if (request.url === '/end') response.end('there');
      else response.writeHead(302, { location: '/end' }).end();
    };
    expect(await text(`${url}/start`, { headers: { range: 'bytes=0-' } })).toBe('there');
    expect(log().requests.map(({ status, address }) => [status, address])).toEqual([
      [200, `${url}/end`],
      [302, `${url}/start`],
    ]);
    expect(asked[1]!.headers.range).toBe('bytes=0-');
  });

  test('in a circle end', async () => {
    handler = (_request, response) => void response.writeHead(302, { location: url }).end();
    expect(await failure(text(url))).toMatchObject({ details: { reason: 'redirect' } });
    expect(asked).toHaveLength(11);
  });

  test("a user's name goes to the machine it was given for, and no other", async () => {
    const other = createServer((request, response) => {
      asked.push(request);
      response.end('other');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    handler = (request, response) => {
      const location = request.url === '/a' ? '/b' : `http://you:pass@127.0.0.1:${port}/c`;
      response.writeHead(307, { location }).end();
    };
    try {
      expect(await text(`${url.replace('http://', 'http://me:word@')}/a`, { headers: { cookie: 'a=b' } })).toBe(
        'other',
      );
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
    expect(asked.map(({ headers }) => [headers.authorization, headers.cookie])).toEqual([
      [`Basic ${btoa('me:word')}`, 'a=b'],
      [`Basic ${btoa('me:word')}`, 'a=b'],
      [undefined, undefined],
    ]);
    expect(JSON.stringify(log())).not.toMatch(/word|pass/);
  });

  test.each([
    ['https://a.example/', 'http://a.example/', 'from https to http'],
    ['https://a.example/', 'http://localhost/', 'from https to http'],
    ['http://localhost/', 'http://a.example/', 'to http, which'],
    ['https://a.example/', 'file:///etc/passwd', 'to file:'],
    ['https://a.example/', 'data:text/plain,x', 'to data:'],
    ['https://a.example/', 'https://', 'to an address that is none'],
  ])('from %s to %s: refused', (from, to, why) => {
    expect(() => redirected(new URL(from), to)).toThrow(why);
  });
});

test.each([
  'http://example.org/',
  'ftp://example.org/',
  'javascript:alert(1)',
  'nothing',
  'http://127.0.0.1.evil.example/',
])('%s is not asked', (address) => expect(() => checkAddress(address)).toThrow('is not an address that Vitrine asks'));

test('what is shown of an address', () => {
  const address = new URL('https://me:pass@a.example/b%20c?X-Goog-Signature=abc&y=1#z');
  expect(publicAddress(address)).toBe('https://a.example/b%20c?X-Goog-Signature=…&y=…');
});

test('the log keeps the newest, and says what a killed process left open', () => {
  const events = createEvents();
  const small = createRequestLog({ database, events, kept: 150 });
  for (let i = 0; i < 400; i++) {
    small.begin({ method: 'GET', address: `${i}`, purpose: 'a test' }).end({ status: 200, bytes: 0, error: null });
  }
  small.begin({ method: 'GET', address: 'open', purpose: 'a test' });
  const { total } = small.list({ limit: 1 });
  expect(total).toBeLessThanOrEqual(251);
  expect(total).toBeGreaterThanOrEqual(150);
  const again = createRequestLog({ database, events });
  expect(again.list({ limit: 1 }).requests[0]).toMatchObject({ address: 'open', error: 'Vitrine ended meanwhile' });
  const page = again.list({ limit: 10, before: again.list({ limit: 1 }).requests[0]!.id });
  expect(page.requests.map(({ address }) => address)).toEqual(Array.from({ length: 10 }, (_, i) => `${399 - i}`));
});

test('the log is asked for by a text in address, purpose or error, and counts what has it', async () => {
  network.record({ address: 'https://example.org/B_16.npz', purpose: 'download of B_16.npz' }).end({
    ...{ status: null, bytes: 0 },
    error: '100 % refused',
  });
  network.record({ address: 'pip download tensorflow', purpose: 'engine installation' });
  const purposes = (text: string) => network.list({ limit: 10, text }).requests.map(({ purpose }) => purpose);
  expect(purposes('b_16')).toEqual(['download of B_16.npz']);
  expect(purposes('% REFUSED')).toEqual(['download of B_16.npz']);
  expect(purposes('pip')).toEqual(['engine installation']);
  expect(purposes('')).toEqual(['engine installation', 'download of B_16.npz']);
  expect(network.list({ limit: 1, text: 'download' })).toMatchObject({ total: 2, requests: [{ id: 2 }] });
  expect(network.list({ limit: 1, text: 'nothing of it' })).toEqual({ total: 0, requests: [] });
});
