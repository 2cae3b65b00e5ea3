// Downloads across the death of the process that makes them, and as a person types them.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Download } from '../src-shared/contract/downloads.ts';
import { openLibrary } from '../src-main/app/library.ts';
import {
  honest,
  honestHeaders,
  safetensors,
  sha256,
  startServer,
} from '../src-main/services/downloads/test-server.fixture.ts';
import type { Handler, TestServer } from '../src-main/services/downloads/test-server.fixture.ts';
import { startVitrine, vitrine } from './vitrine.ts';

const HOST = join(import.meta.dirname, 'download-host.ts');
const CONTENT = safetensors(24_000_000);
const BYTES_PER_SECOND = 4_000_000;
/** How often the content is brought onto the disk, s: what a kill may cost, with the time that takes. */
const FLUSH_SECONDS = 1;

let home: string;
let server: TestServer;
let sent: number;
const hosts = new Set<ChildProcess>();

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-downloads-'));
  server = await startServer();
  sent = 0;
});
afterEach(async () => {
  for (const host of hosts) host.kill('SIGKILL');
  hosts.clear();
  await server.close();
  rmSync(home, { recursive: true, force: true });
});

/** Honest, and no faster than BYTES_PER_SECOND. */
const throttled: Handler = (request, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const rest = CONTENT.subarray(from);
  const headers: Record<string, string> = { ...honestHeaders(CONTENT), 'content-length': String(rest.length) };
  if (from > 0) headers['content-range'] = `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}`;
  response.writeHead(from > 0 ? 206 : 200, headers);
  let at = 0;
  const timer = setInterval(() => {
    const chunk = rest.subarray(at, at + BYTES_PER_SECOND / 50);
    if (chunk.length === 0) {
      response.end();
      return clearInterval(timer);
    }
    at += chunk.length;
    sent += chunk.length;
    response.write(chunk);
  }, 20);
  response.on('close', () => clearInterval(timer));
};

interface Host {
  child: ChildProcess;
  until(isSo: (download: Download) => boolean): Promise<Download>;
  kill(): Promise<void>;
}

function startHost(...addresses: string[]): Host {
  const child = spawn(process.execPath, [HOST, home, ...addresses], { stdio: ['ignore', 'pipe', 'inherit'] });
  hosts.add(child);
  const seen: Download[] = [];
  let unread = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (unread + text).split('\n');
    unread = lines.pop()!;
    seen.push(...lines.map((line) => JSON.parse(line) as Download));
  });
  return {
    child,
    async until(isSo) {
      for (;;) {
        const found = seen.find(isSo);
        if (found) return found;
        if (child.exitCode !== null) throw new Error('the host ended');
        await sleep(2);
      }
    },
    kill() {
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      child.kill('SIGKILL');
      return ended;
    },
  };
}

test('killed five times in mid-transfer: it ends with the same bytes, and little is sent twice', async () => {
  const address = server.on('/x.safetensors', throttled);
  for (let round = 0; round < 5; round++) {
    const host = startHost(...(round === 0 ? [address] : []));
    await host.until(
      ({ state, bytesPerSecond }) => state === 'done' || (state === 'running' && bytesPerSecond !== null),
    );
    await sleep(900 + Math.random() * 900);
    await host.kill();
  }
  const before = sent;
  const host = startHost();
  const done = await host.until(({ state }) => state === 'done' || state === 'failed');
  expect(done).toMatchObject({ state: 'done', sha256: sha256(CONTENT), bytes: CONTENT.length, attempts: [] });
  await host.kill();
  // Each kill cost what came since the last flush, and what was on its way.
  expect(sent).toBeLessThan(CONTENT.length + 5 * (FLUSH_SECONDS + 0.5) * BYTES_PER_SECOND);
  expect(before).toBeGreaterThan(0);
  const ranges = server.asked.map(({ range }) => Number(/\d+/.exec(range ?? '')?.[0] ?? 0));
  expect(ranges).toEqual([...ranges].sort((a, b) => a - b));
  expect(ranges.at(-1)).toBeGreaterThan(0);
  await checkLibrary();
});

test('killed while it verifies, and right after: nothing is fetched again, nothing is entered twice', async () => {
  const address = server.on('/x.safetensors', honest(CONTENT));
  const host = startHost(address);
  await host.until(({ state }) => state === 'verifying');
  await host.kill();
  const again = startHost();
  await again.until(({ state }) => state === 'done');
  await again.kill();
  expect(server.asked).toHaveLength(1);
  const last = startHost(address);
  await last.until(({ state }) => state === 'done');
  await last.kill();
  expect(server.asked).toHaveLength(1);
  await checkLibrary();
});

/** One checkpoint, whole, and nothing left of its parts. */
async function checkLibrary(): Promise<void> {
  const library = await openLibrary({ host: 'cli', home });
  try {
    const [checkpoint, ...more] = await library.checkpoints.list();
    expect(more).toEqual([]);
    expect(checkpoint).toMatchObject({ origin: 'download', state: 'present', sha256: sha256(CONTENT) });
    expect(readFileSync(checkpoint!.path).equals(CONTENT)).toBe(true);
    expect(readdirSync(join(home, 'checkpoints/.downloads'))).toEqual([]);
  } finally {
    await library.close();
  }
}

test('vitrine download: interrupted it pauses, resumed it ends, and the requests are listed', async () => {
  const env = { VITRINE_HOME: home };
  const address = server.on('/y.safetensors', throttled);
  const running = startVitrine(['download', address, '--json'], { env });
  while (sent < BYTES_PER_SECOND) await sleep(10);
  running.signalGroup('SIGINT');
  const stopped = await running.ended;
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).toContain('"vitrine download --resume" goes on');
  const queue = JSON.parse((await vitrine(['download', '--list', '--json'], { env })).stdout) as {
    downloads: Download[];
  };
  expect(queue.downloads).toMatchObject([{ state: 'paused', total: CONTENT.length }]);
  expect(queue.downloads[0]!.bytes).toBeGreaterThan(0);

  const resumed = await vitrine(['download', '--resume'], { env });
  expect(resumed).toMatchObject({ code: 0 });
  expect(resumed.stdout).toMatch(/done +24\.0 MB +web\//);
  expect(server.asked.at(-1)!.range).toMatch(/^bytes=[1-9]/);

  const requests = await vitrine(['settings', 'requests'], { env });
  expect(requests.stdout).toMatch(/GET +206 .*y\.safetensors \(download of y\.safetensors\)/);
  await vitrine(['settings', 'set', 'offline', 'true'], { env });
  const refused = await vitrine(['download', `${server.url}/z.npz`, '--json'], { env });
  expect(refused.code).toBe(1);
  expect(existsSync(join(home, 'checkpoints/web'))).toBe(true);
  expect(server.asked.filter(({ path }) => path === '/z.npz')).toEqual([]);
});
