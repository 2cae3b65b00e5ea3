// TensorFlow's part, a file that appears in the folder while a graph is compiled, is played here; with TensorFlow itself:
// src-worker/train/run-steps.test.ts.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CompiledCache } from './compiled-cache.ts';

const graph = (name: string): Uint8Array => new TextEncoder().encode(name);
let root: string;
const opened: CompiledCache[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vitrine-cache-test-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
  for (const cache of opened.splice(0)) cache.close();
});

/** The cache as another process has it. */
function open(identity: Record<string, unknown> = { threads: 2 }, limitBytes?: number): CompiledCache {
  const cache = CompiledCache.open({ root, ...(limitBytes === undefined ? {} : { limitBytes }) })!;
  opened.push(cache);
  cache.identify(identity);
  return cache;
}

function compile(cache: CompiledCache, name: string, files: Record<string, string>): string {
  const key = cache.offer(graph(name));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(cache.folder, file), text);
  cache.keep(key);
  return key;
}

/** What TensorFlow finds for a graph. */
function offered(cache: CompiledCache, name: string): Record<string, string> {
  cache.offer(graph(name));
  return Object.fromEntries(
    readdirSync(cache.folder).map((file) => [file, readFileSync(join(cache.folder, file), 'utf8')]),
  );
}

const keptFiles = (): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.pb'));

test('what was compiled for a graph is offered to the next process for that graph alone', () => {
  const first = open();
  compile(first, 'a', { 'train.pb': 'T', 'predict.pb': 'P', 'other.txt': '-' });
  expect(readdirSync(first.folder)).toEqual(['other.txt']);
  expect(offered(open(), 'a')).toEqual({ 'train.pb': 'T', 'predict.pb': 'P' });
  expect(offered(open(), 'b')).toEqual({});
});

test('nothing goes from one kind of machine, or one set of flags, to another', () => {
  compile(open({ threads: 2 }), 'a', { 'train.pb': 'T' });
  expect(offered(open({ threads: 1 }), 'a')).toEqual({});
  expect(offered(open({ threads: 2 }), 'a')).toEqual({ 'train.pb': 'T' });
});

test.each([
  ['changed', (path: string) => writeFileSync(path, 'X')],
  ['cut off', (path: string) => writeFileSync(path, '')],
])('a file that was %s is removed, not offered', (_, damage) => {
  compile(open(), 'a', { 'train.pb': 'T', 'predict.pb': 'P' });
  damage(
    join(
      root,
      keptFiles().find((file) => file.endsWith('-train.pb'))!,
    ),
  );
  expect(offered(open(), 'a')).toEqual({ 'predict.pb': 'P' });
  expect(keptFiles()).toHaveLength(1);
});

test('a file that nobody sealed, left by a process that was killed, is not offered', () => {
  compile(open(), 'a', { 'train.pb': 'T' });
  const kept = join(root, keptFiles()[0]!, '..');
  writeFileSync(join(kept, 'train.pb'), 'half');
  writeFileSync(join(kept, '123.new'), 'half');
  expect(offered(open(), 'a')).toEqual({ 'train.pb': 'T' });
});

test('a graph that failed is forgotten', () => {
  const cache = open();
  cache.forget(compile(cache, 'a', { 'train.pb': 'T' }));
  expect(offered(open(), 'a')).toEqual({});
});

test('the graph that was not used for longest goes when there is too much', () => {
  const cache = open({}, 25);
  const age = (key: string, seconds: number): void => {
    const store = readdirSync(root)[0]!;
    utimesSync(join(root, store, key), seconds, seconds);
  };
  const [a, b] = [compile(cache, 'a', { 'a.pb': '0123456789' }), compile(cache, 'b', { 'b.pb': '0123456789' })];
  age(a, 1000);
  age(b, 2000);
  cache.offer(graph('a')); // now b was not used for longest
  compile(cache, 'c', { 'c.pb': '0123456789' });
  expect(
    keptFiles()
      .map((file) => file.slice(-4))
      .sort(),
  ).toEqual(['a.pb', 'c.pb']);
});

test('folders of processes that are gone are removed, those of living ones stay', () => {
  const gone = join(tmpdir(), 'vitrine-compiled-999999999-test');
  mkdirSync(gone, { recursive: true });
  const first = open();
  open();
  expect(existsSync(gone)).toBe(false);
  expect(existsSync(first.folder)).toBe(true);
});

test('a place that can not be written keeps nothing and hinders nothing', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  const cache = CompiledCache.open({ root: file })!;
  opened.push(cache);
  cache.identify({});
  expect(compile(cache, 'a', { 'train.pb': 'T' })).toMatch(/^[0-9a-f]{32}$/);
  expect(readFileSync(join(cache.folder, 'train.pb'), 'utf8')).toBe('T');
});
