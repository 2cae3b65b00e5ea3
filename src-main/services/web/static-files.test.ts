import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { staticFiles } from './static-files.ts';

let folder: string;
let get: (path: string, init?: RequestInit) => Promise<Response>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-static-'));
  await mkdir(join(folder, 'site', 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'outside');
  await writeFile(join(folder, 'site-evil'), 'a sibling whose name begins like the root');
  await writeFile(join(folder, 'site', 'index.html'), '<title>Vitrine</title>');
  await writeFile(join(folder, 'site', 'assets', 'app.js'), 'export {};');
  const handler = staticFiles(join(folder, 'site'));
  get = (path, init) => handler(new Request(`vitrine://app${path}`, init));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('serves the page and its files with their media types', async () => {
  const page = await get('/');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).toBe('<title>Vitrine</title>');
  const script = await get('/assets/app.js');
  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(await script.text()).toBe('export {};');
  expect(script.headers.get('cache-control')).toContain('immutable');
  expect(page.headers.get('cache-control')).toBe('no-cache'); // it names the build's files
});

test('HEAD has the headers and no body', async () => {
  const response = await get('/index.html', { method: 'HEAD' });
  expect(response.headers.get('content-length')).toBe('22');
  expect(await response.text()).toBe('');
});

test.each([
  '/missing.js',
  '/assets',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/../site-evil',
  '/..%2fsite-evil',
  '/%',
  '/a%00b',
])('%s is a 404', async (path) => {
  const response = await get(path);
  expect(response.status).toBe(404);
  expect(await response.text()).toBe('');
});

test('nothing can be written', async () => {
  expect((await get('/', { method: 'POST', body: 'x' })).status).toBe(405);
});
