import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createHandler } from './http/handler.ts';
import { inProcess } from './in-process.ts';
import { openLibrary, type Library } from './library.ts';

let home: string;
let library: Library;
const bugs: unknown[] = [];
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'vitrine-samples-'));
  library = await openLibrary({ host: 'serve', home, onBug: (bug) => bugs.push(bug) });
});
afterAll(async () => {
  await library.close();
  await rm(home, { recursive: true, force: true });
  expect(bugs).toEqual([]);
});

test('the bundled checkpoint and digits are taken into an empty library, once', async () => {
  const client = inProcess(library);
  expect(await client.samples.list()).toMatchObject({ checkpoint: { added: null }, dataset: { added: null } });
  const added = await client.samples.add();
  const { checkpoint } = await client.checkpoints.get({ id: added.checkpoint });
  expect(checkpoint).toMatchObject({ state: 'present', origin: 'import', hasLabels: true, problem: null });
  await vi.waitUntil(async () => (await client.datasets.get({ id: added.dataset })).state === 'ready', 20_000);
  expect(await client.datasets.get({ id: added.dataset })).toMatchObject({ images: 1797, classes: 10, bad: 0 });
  expect(await client.samples.add()).toEqual(added);
  expect(await client.samples.list()).toMatchObject({
    checkpoint: { added: added.checkpoint },
    dataset: { added: added.dataset },
  });
});

test('the photographs are shown by their names, and nothing else is', async () => {
  const handler = createHandler({ library, web: home, onBug: (bug) => bugs.push(bug) });
  const { photos } = await inProcess(library).samples.list();
  expect(photos.map(({ name }) => name)).toEqual(['cat', 'coffee', 'rocket']);
  for (const { address } of photos) {
    const answer = await handler(new Request(`http://127.0.0.1${address}`));
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(10_000);
  }
  expect((await handler(new Request('http://127.0.0.1/media/samples/dog'))).status).toBe(404);
});

test('without a desktop its dialogs are refused in words', async () => {
  const client = inProcess(library);
  expect(await client.desktop.status()).toEqual({ available: false });
  await expect(client.desktop.choose({ kind: 'folder', title: 'x' })).rejects.toMatchObject({ code: 'usage' });
});
