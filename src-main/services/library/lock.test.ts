import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { holderOf, holdLibrary } from './lock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-lock-'));
  path = join(folder, 'library.lock');
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

/** A process that takes the lock `times` over, each as soon as it is free, and says what happened. */
function contender(then: 'waits' | 'ends'): { pid: number; said: Promise<string>; end: () => Promise<void> } {
  const source = `
    import { holdLibrary } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'lock.ts')).href)};
    try { holdLibrary(${JSON.stringify(path)}, 'serve').announce({ address: 'http://127.0.0.1:1', token: 't' }); console.log('held'); }
    catch (error) { console.log(error.code + ': ' + error.message); }
    ${then === 'waits' ? 'setInterval(() => {}, 1000);' : ''}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = once(child.stdout, 'data').then(([data]) => String(data).trim());
  return {
    pid: child.pid!,
    said,
    end: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

test('one host holds it; only its owner may read the token; it goes with the release', () => {
  const held = holdLibrary(path, 'serve');
  expect(holderOf(path)).toMatchObject({ pid: process.pid, kind: 'serve', address: null, token: null });
  held.announce({ address: 'http://127.0.0.1:1234', token: 'secret' });
  expect(holderOf(path)).toMatchObject({ address: 'http://127.0.0.1:1234', token: 'secret' });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(() => holdLibrary(path, 'electron')).toThrow(
    `The library is held by vitrine serve at http://127.0.0.1:1234 (process ${process.pid}`,
  );
  held.release();
  held.release();
  expect(holderOf(path)).toBeNull();
  expect(readdirSync(folder)).toEqual([]);
});

test('a lock of a living process is respected, one of a killed process is taken over', async () => {
  const other = contender('waits');
  expect(await other.said).toBe('held');
  expect(holderOf(path)?.pid).toBe(other.pid);
  expect(() => holdLibrary(path, 'serve')).toThrow(/is held by vitrine serve/);
  await other.end();
  expect(holderOf(path)).toBeNull();
  holdLibrary(path, 'electron').release();
  expect(readdirSync(folder)).toEqual([]);
});

test('of ten that start at once over a stale lock, one gets it', async () => {
  const stale = contender('ends');
  expect(await stale.said).toBe('held');
  await stale.end();
  const all = Array.from({ length: 10 }, () => contender('waits'));
  try {
    const said = await Promise.all(all.map((one) => one.said));
    expect(said.filter((text) => text === 'held')).toHaveLength(1);
    expect(said.filter((text) => text.startsWith('conflict: '))).toHaveLength(9);
    const winner = all[said.indexOf('held')]!;
    expect(holderOf(path)?.pid).toBe(winner.pid);
  } finally {
    await Promise.all(all.map((one) => one.end()));
  }
});

test('a process number that was given again is not the holder; a lock of the same millisecond is not its own', () => {
  vi.setSystemTime(0);
  const held = holdLibrary(path, 'serve');
  const written = JSON.parse(readFileSync(path, 'utf8')) as { started: string };
  writeFileSync(path, JSON.stringify({ ...written, started: '1' }));
  expect(holderOf(path)).toBeNull();
  const again = holdLibrary(path, 'serve');
  held.release(); // not its own any more
  expect(holderOf(path)).not.toBeNull();
  again.release();
});

test.each(['', '{', '{"pid":1}', '[]', 'null', '\0'.repeat(100)])('what is no lock (%j) holds nothing', (text) => {
  writeFileSync(path, text);
  expect(holderOf(path)).toBeNull();
  holdLibrary(path, 'serve').release();
});

test('a holder on another machine is taken to live', () => {
  const elsewhere = {
    pid: 1,
    machine: 'elsewhere',
    started: '',
    kind: 'serve',
    since: 'then',
    id: 'theirs',
    address: null,
    token: null,
  };
  writeFileSync(path, JSON.stringify(elsewhere));
  expect(() => holdLibrary(path, 'serve')).toThrow(/process 1 on elsewhere/);
});

test('a place where nothing can be written is said to be', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => holdLibrary(join(folder, 'file', 'library.lock'), 'serve')).toThrow(/can't be written/);
  mkdirSync(path);
  expect(() => holdLibrary(path, 'serve')).toThrow(/can't be written/);
});
