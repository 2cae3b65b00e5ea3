import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fetchArchive } from './fetch-archive.ts';
import { openTestLibrary, type TestLibrary } from './test-library.fixture.ts';
import { honest, sha256, startServer, type TestServer } from './test-server.fixture.ts';

let server: TestServer;
let library: TestLibrary;
const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) & 0xff));
beforeEach(async () => {
  server = await startServer();
  library = openTestLibrary();
});
afterEach(async () => {
  await library.close();
  await server.close();
});

function fetched(url: string, sum = sha256(content)): Promise<void> {
  const { network, settings } = library;
  const backoff = { firstMs: 5, longestMs: 20, tries: 4 };
  return fetchArchive({ url, size: content.length, sha256: sum }, path(), {
    ...{ network, settings, backoff, patience: { stallMs: 300 } },
    signal: new AbortController().signal,
    onProgress: () => {},
  });
}
const path = () => join(library.home, 'datasets/.downloads/x.tar.gz');

test('brings any kind of file, goes on where the connection broke, and is written down', async () => {
  const whole = honest(content);
  const url = server.on('/x.tar.gz', (request, response, number) => {
    if (number > 1) return whole(request, response, number);
    response.writeHead(200, { 'content-length': content.length, etag: '"a"' });
    response.write(content.subarray(0, 200_000), () => setTimeout(() => response.destroy(), 50));
  });
  await fetched(url);
  expect(await readFile(path())).toEqual(content);
  expect(server.asked.length).toBeGreaterThan(1);
  expect(library.network.list({ limit: 9 }).requests.length).toBe(server.asked.length);
});

test('what is not the published file does not stay; offline nothing is asked', async () => {
  const url = server.on('/x.tar.gz', honest(content));
  await expect(fetched(url, '0'.repeat(64))).rejects.toMatchObject({ code: 'network' });
  expect(existsSync(path()) ? (await stat(path())).size : 0).toBe(0);
  library.settings.set({ offline: true });
  const before = server.asked.length;
  await expect(fetched(url)).rejects.toMatchObject({ code: 'offline' });
  expect(server.asked.length).toBe(before);
});
