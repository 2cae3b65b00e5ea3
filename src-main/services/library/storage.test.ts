import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StoragePart } from '../../../src-shared/contract/library.ts';
import { libraryPaths } from './service.ts';
import { cleanCaches, measureStorage } from './storage.ts';

let home: string;
beforeEach(async () => void (home = await mkdtemp(join(tmpdir(), 'vitrine-storage-'))));
afterEach(() => rm(home, { recursive: true, force: true }));

async function put(path: string, bytes: number): Promise<void> {
  const file = join(home, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, Buffer.alloc(bytes));
}

async function measured(signal = new AbortController().signal): Promise<StoragePart[]> {
  const parts: StoragePart[] = [];
  for await (const part of measureStorage(libraryPaths(home), signal)) parts.push(part);
  return parts;
}

test('each part is counted once, caches each for itself, links as links', async () => {
  await put('library.db', 100);
  await put('library.db-wal', 20);
  await put('runs/a/model.npz', 1000);
  await put('runs/a/checkpoints/1', 500);
  await put('cache/thumbnails/ab/x.jpg', 7);
  await put('cache/images/y', 8);
  await put('notes.txt', 3);
  const outside = await mkdtemp(join(tmpdir(), 'vitrine-outside-'));
  await writeFile(join(outside, 'large'), Buffer.alloc(100_000));
  await symlink(outside, join(home, 'runs', 'linked'));
  const parts = await measured();
  await rm(outside, { recursive: true });
  expect(parts.every(({ complete }) => complete)).toBe(true);
  const byName = Object.fromEntries(
    parts.map(({ kind, cache, path, files, bytes }) => [cache ?? path.slice(home.length + 1), { kind, files, bytes }]),
  );
  expect(byName).toMatchObject({
    'library.db': { kind: 'database', files: 1, bytes: 100 },
    'library.db-wal': { kind: 'database', files: 1, bytes: 20 },
    'notes.txt': { kind: 'other', files: 1, bytes: 3 },
    thumbnails: { kind: 'cache', files: 1, bytes: 7 },
    images: { kind: 'cache', files: 1, bytes: 8 },
  });
  expect(byName['runs']).toMatchObject({ kind: 'runs', files: 3 });
  expect(byName['runs']!.bytes).toBeLessThan(5000);
});

test('a library that is not there is empty; counting ends with the signal', async () => {
  await rm(home, { recursive: true });
  expect(await measured()).toEqual([]);
  await put('runs/a', 1);
  expect(await measured(AbortSignal.abort())).toEqual([]);
});

test('cleaning deletes what it was asked to, says what was there, and nothing else goes', async () => {
  await put('cache/thumbnails/ab/x.jpg', 7);
  await put('cache/images/y', 8);
  await put('runs/a/model.npz', 10);
  const cleaned = await cleanCaches(libraryPaths(home), ['thumbnails', 'looks', 'thumbnails']);
  expect(cleaned).toEqual([
    { cache: 'thumbnails', files: 1, bytes: 7 },
    { cache: 'looks', files: 0, bytes: 0 },
  ]);
  expect(await readdir(join(home, 'cache'))).toEqual(['images']);
  expect((await measured()).map(({ bytes }) => bytes).sort()).toEqual([10, 8]);
});
