import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../src-shared/errors.ts';
import { honest, honestHeaders, safetensors, sha256, startServer } from './test-server.fixture.ts';
import type { Handler, TestServer } from './test-server.fixture.ts';
import { openTestLibrary, type TestLibrary } from './test-library.fixture.ts';

const CONTENT = safetensors(1_000_000);

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

/** Sends a part at once, and the rest never. */
const holding =
  (content: Buffer, after: number): Handler =>
  (_request, response) => {
    response.writeHead(200, honestHeaders(content));
    response.write(content.subarray(0, after));
  };

function publish(name: string, handler: Handler): void {
  library.publish(name, [{ url: server.on(`/${name}`, handler), kind: 'other' }]);
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('the queue', () => {
  test('pause keeps what is there, and resume goes on behind it', async () => {
    publish('a', holding(CONTENT, 600_000));
    const { id } = library.downloads.add('a');
    await library.until(id, ({ bytes }) => bytes === 600_000);
    library.downloads.pause(id);
    const paused = await library.until(id, ({ bytesPerSecond }) => bytesPerSecond === null);
    expect(paused).toMatchObject({ state: 'paused', bytes: 600_000, total: CONTENT.length, failure: null });
    server.on('/a', honest(CONTENT));
    library.downloads.resume(id);
    await library.until(id, ({ state }) => state === 'done');
    expect(server.asked.map(({ range }) => range)).toEqual([undefined, 'bytes=600000-']);
  });

  test('as many at a time as set, in the order set', async () => {
    library.settings.set({ parallelDownloads: 1 });
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) publish(name, honest(CONTENT));
    publish('a', holding(CONTENT, 600_000));
    const [a, b, c, d] = names.map((name) => library.downloads.add(name).id);
    await library.until(a!, ({ state }) => state === 'running');
    library.downloads.move(d!, b!);
    expect(library.downloads.list().map(({ id }) => id)).toEqual([a, d, b, c]);
    library.downloads.move(b!, null);
    expect(library.downloads.list().map(({ id, state }) => [id, state])).toEqual([
      [a, 'running'],
      [d, 'queued'],
      [c, 'queued'],
      [b, 'queued'],
    ]);
    server.on('/a', honest(CONTENT));
    await library.until(b!, ({ state }) => state === 'done');
    const order = server.asked.map(({ path }) => path);
    expect([...new Set(order)]).toEqual(['/a', '/d', '/c', '/b']);
  });

  test('the same twice is one', async () => {
    publish('a', honest(CONTENT));
    const [one, two] = [library.downloads.add('a'), library.downloads.add('a')];
    expect(two.id).toBe(one.id);
    await library.until(one.id, ({ state }) => state === 'done');
    const again = library.downloads.add('a');
    expect(again).toMatchObject({ id: one.id, state: 'done' });
    expect(server.asked).toHaveLength(1);
  });

  test('removing one while it runs leaves nothing of it', async () => {
    publish('a', holding(CONTENT, 600_000));
    const { id } = library.downloads.add('a');
    await library.until(id, ({ bytes }) => bytes > 0);
    await library.downloads.remove(id);
    expect(library.downloads.list()).toEqual([]);
    expect(readdirSync(join(library.folder, '.downloads'))).toEqual([]);
    expect(codeOf(() => library.downloads.pause(id))).toBe('not_found');
    expect(codeOf(() => library.downloads.move(id, null))).toBe('not_found');
  });

  test('closing and opening again goes on with it', async () => {
    publish('a', holding(CONTENT, 600_000));
    const { home } = library;
    const kept = openTestLibrary({ home: mkdtempSync(join(tmpdir(), 'vitrine-kept-')) });
    kept.publish('a', [{ url: `${server.url}/a`, kind: 'other' }]);
    const { id } = kept.downloads.add('a');
    await kept.until(id, ({ bytes }) => bytes === 600_000);
    await kept.close();
    server.on('/a', honest(CONTENT));
    const again = openTestLibrary({ home: kept.home });
    const download = await again.until(id, ({ state }) => state === 'done');
    expect(download.sha256).toBe(sha256(CONTENT));
    expect(server.asked.at(-1)!.range).toBe('bytes=600000-');
    await again.close();
    rmSync(kept.home, { recursive: true });
    expect(existsSync(home)).toBe(true);
  });

  test('a host that only does what it is asked leaves the queue alone', async () => {
    publish('a', honest(CONTENT));
    library.downloads.pause();
    const { id } = library.downloads.add('a');
    library.downloads.pause(id);
    const kept = library.database.prepare('UPDATE downloads SET state = ?').run('queued');
    expect(kept.changes).toBe(1);
    const quiet = openTestLibrary({ home: library.home, autoStart: false });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(quiet.downloads.list()[0]).toMatchObject({ state: 'queued' });
    expect(server.asked).toHaveLength(0);
    quiet.downloads.resume(id);
    await quiet.until(id, ({ state }) => state === 'done');
    await quiet.close();
  });

  test('a running download is told about at most five times a second, and its end always', async () => {
    library.settings.set({ bandwidth: 400_000 });
    publish('a', honest(CONTENT));
    const start = performance.now();
    const { id } = await library.fetch('a');
    const seconds = (performance.now() - start) / 1000;
    const told = library.events.filter((event) => event.topic === 'download' && event.download.id === id);
    const running = told.filter((event) => event.topic === 'download' && event.download.state === 'running');
    expect(running.length).toBeGreaterThan(2);
    expect(running.length).toBeLessThan(5 * seconds + 4); // and a few that say that it began
    expect(told.at(-1)).toMatchObject({ download: { state: 'done', bytes: CONTENT.length } });
    const speeds = running.map((event) => (event.topic === 'download' ? event.download.bytesPerSecond : null));
    expect(speeds.filter((speed) => speed !== null).length).toBeGreaterThan(0);
  });

  test('what came last before a server went silent is told, and that its speed sinks', async () => {
    const patient = openTestLibrary({ patience: { stallMs: 20_000, slowMs: 20_000 } });
    patient.publish('a', [{ url: server.on('/a', holding(CONTENT, 600_000)), kind: 'other' }]);
    const { id } = patient.downloads.add('a');
    await patient.until(id, ({ bytes }) => bytes === 600_000);
    await expect
      .poll(() => patient.events.findLast(({ topic }) => topic === 'download'))
      .toMatchObject({ download: { id, state: 'running', bytes: 600_000, total: CONTENT.length } });
    const speeds = (): number[] =>
      patient.events.flatMap((event) => (event.topic === 'download' ? (event.download.bytesPerSecond ?? []) : []));
    const then = speeds().length;
    await expect.poll(() => speeds().length).toBeGreaterThan(then);
    expect(speeds().at(-1)).toBeLessThan(speeds()[then - 1]!);
    await patient.close();
  });
});

describe('limits', () => {
  test('the bandwidth is kept to by all together, and can be lifted midway', async () => {
    library.settings.set({ bandwidth: 800_000 });
    publish('a', honest(CONTENT));
    publish('b', honest(CONTENT));
    const start = performance.now();
    await Promise.all([library.fetch('a'), library.fetch('b')]);
    const seconds = (performance.now() - start) / 1000;
    expect(seconds).toBeGreaterThan(2); // 2 MB, of which a quarter of a second's worth may go at once
    library.settings.set({ bandwidth: 10_000 });
    publish('c', honest(CONTENT));
    const { id } = library.downloads.add('c');
    await library.until(id, ({ bytes }) => bytes > 0);
    library.settings.set({ bandwidth: null });
    await library.until(id, ({ state }) => state === 'done');
  });

  test('offline nothing is asked; what was under way waits, and goes on afterwards', async () => {
    publish('a', holding(CONTENT, 600_000));
    const { id } = library.downloads.add('a');
    await library.until(id, ({ bytes }) => bytes === 600_000);
    library.settings.set({ offline: true });
    const waiting = await library.until(id, ({ note }) => note !== null);
    expect(waiting).toMatchObject({ state: 'queued', bytes: 600_000, note: 'Vitrine is set offline.', failure: null });
    expect(library.network.list({ limit: 1 }).requests[0]!.error).toContain('set offline');
    server.on('/a', honest(CONTENT));
    expect(server.asked).toHaveLength(1);
    library.settings.set({ offline: false });
    await library.until(id, ({ state }) => state === 'done');
    expect(server.asked[1]!.range).toBe('bytes=600000-');
  });

  test('without room for it, nothing is begun, and what several need counts together', async () => {
    await library.close();
    const bavail = { value: 0 };
    library = openTestLibrary({ statfs: async () => ({ bavail: bavail.value, bsize: 1 }) });
    publish('a', honest(CONTENT));
    const download = await library.fetch('a');
    expect(download).toMatchObject({ state: 'failed', bytes: 0, failure: { code: 'disk_full' } });
    expect(download.failure!.message).toMatch(/are needed in .* and 0 MB are free/);
    // Room for one and a half: the second waits for nobody, it fails and can be resumed.
    bavail.value = (64 << 20) + 1_500_000;
    publish('b', holding(CONTENT, 1000));
    const { id } = library.downloads.add('b');
    await library.until(id, ({ state, total }) => state === 'running' && total !== null);
    library.downloads.resume(download.id);
    const again = await library.until(download.id, ({ state }) => state === 'failed' || state === 'done');
    expect(again.failure).toMatchObject({ code: 'disk_full' });
  });

  test('a disk that fills up midway: failed, kept, and gone on with when there is room', async () => {
    await library.close();
    const free = { value: 1e12 };
    library = openTestLibrary({ statfs: async () => ({ bavail: free.value, bsize: 1 }) });
    publish('a', (request, response, number) => {
      if (number > 1) return honest(CONTENT)(request, response, number);
      response.writeHead(200, honestHeaders(CONTENT));
      response.write(CONTENT.subarray(0, 600_000));
      setTimeout(() => response.write(CONTENT.subarray(600_000, 600_010)), 250).unref();
    });
    library.settings.set({ bandwidth: 500_000 }); // so that a second passes before all is written
    const { id } = library.downloads.add('a');
    await library.until(id, ({ bytes }) => bytes > 0);
    free.value = 1000;
    const full = await library.until(id, ({ state }) => state === 'failed');
    expect(full.failure).toMatchObject({ code: 'disk_full' });
    expect(full.bytes).toBeGreaterThan(0);
    free.value = 1e12;
    library.settings.set({ bandwidth: null });
    library.downloads.resume(id);
    await library.until(id, ({ state }) => state === 'done');
    expect(server.asked.at(-1)!.range).toMatch(/^bytes=[1-9]/);
  });

  test.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
    'a disk that is full while it is written to (needs root on Linux)',
    async () => {
      await library.close();
      const home = mkdtempSync(join(tmpdir(), 'vitrine-full-'));
      const disk = join(home, 'checkpoints');
      mkdirSync(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk]);
      try {
        // The system's own answer is kept from it, so that it is the writing that fails.
        library = openTestLibrary({ home, statfs: async () => ({ bavail: 1e12, bsize: 1 }) });
        publish('a', honest(CONTENT));
        const download = await library.fetch('a');
        expect(download).toMatchObject({ state: 'failed', failure: { code: 'disk_full' } });
        expect(download.failure!.message).toContain('The disk is full');
        execFileSync('mount', ['-o', 'remount,size=8m', disk]);
        library.downloads.resume(download.id);
        await library.until(download.id, ({ state }) => state === 'done');
        expect(readFileSync(join(disk, 'test/a')).equals(CONTENT)).toBe(true);
        await library.close();
      } finally {
        execFileSync('umount', [disk]);
        rmSync(home, { recursive: true, force: true });
        library = openTestLibrary();
      }
    },
  );
});

describe('what may be asked for', () => {
  test('an address keeps its place by machine and path; its secrets stay out of sight', async () => {
    const url = server.on('/models/x.safetensors', honest(CONTENT)).replace('http://', 'http://me:secret@');
    const download = await library.fetch(`${url}?token=hidden`);
    expect(download).toMatchObject({ state: 'done', sources: [{ kind: 'other' }] });
    expect(download.file).toMatch(/^web\/127\.0\.0\.1_\d+\/models\/x\.safetensors$/);
    expect(server.asked[0]!.headers.authorization).toBe(`Basic ${btoa('me:secret')}`);
    const shown = JSON.stringify([download.sources, library.network.list({ limit: 10 }), download.attempts]);
    expect(shown).not.toMatch(/secret|hidden/);
    expect(shown).toContain('x.safetensors?token=…');
  });

  test("a model's description comes with it", async () => {
    const url = server.on('/repo/model.safetensors', honest(CONTENT));
    server.on('/repo/config.json', (_request, response) => void response.end('{"architecture": "vit_tiny"}'));
    const download = await library.fetch(url);
    expect(download.state).toBe('done');
    const folder = join(library.folder, ...download.file.split('/').slice(0, -1));
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(server.asked.map(({ path }) => path)).toEqual([
      '/repo/config.json',
      '/repo/preprocessor_config.json',
      '/repo/model.safetensors',
    ]);
  });

  test('a file of this machine', async () => {
    const path = join(library.home, 'mine.safetensors');
    writeFileSync(path, CONTENT);
    library.settings.set({ offline: true });
    const download = await library.fetch(pathToFileURL(path).href);
    expect(download).toMatchObject({ state: 'done', file: 'imported/mine.safetensors', sha256: sha256(CONTENT) });
    expect(library.network.list({ limit: 1 }).total).toBe(0);
    const missing = await library.fetch(pathToFileURL(join(library.home, 'none.npz')).href);
    expect(missing).toMatchObject({ state: 'failed' });
  });

  test.each([
    'https://example.org/',
    'https://example.org/page.html',
    'ftp://example.org/x.npz',
    'https://',
    'file:///etc/passwd',
  ])('%s is refused', (what) => {
    expect(codeOf(() => library.downloads.add(what))).toBe('usage');
    expect(library.downloads.list()).toEqual([]);
  });

  test('a path in an address leads nowhere else', () => {
    const { file, id } = library.downloads.add('https://example.org/%2e%2e/..%2f..%2fetc/a%00b/x.npz');
    library.downloads.pause(id);
    expect(file.split('/')).not.toContain('..');
    expect(file.startsWith('web/example.org/')).toBe(true);
  });

  test('http to another machine is not asked', async () => {
    const download = await library.fetch('http://example.org/x.npz');
    expect(download).toMatchObject({ state: 'failed', failure: { code: 'usage' } });
    expect(library.network.list({ limit: 1 }).total).toBe(0);
  });
});
