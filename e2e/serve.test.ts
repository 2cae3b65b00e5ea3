// `vitrine serve` as a process: who gets in, one host a library, commands through the holder, and how it ends.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PlacedEvent } from '../src-shared/contract/events.ts';
import { remoteClient } from '../src-main/app/remote-client.ts';
import { CHROMIUM_NEEDED, findChromium } from './browser.ts';
import { startVitrine, vitrine } from './vitrine.ts';
import type { Ended, Running, StartOptions } from './vitrine.ts';

const root = join(import.meta.dirname, '..');

let home: string;
let running: Running[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-serve-'));
  running = [];
});
afterEach(async () => {
  for (const one of running) one.signalGroup('SIGKILL');
  await Promise.all(running.map((one) => one.ended));
  rmSync(home, { recursive: true, force: true });
});

interface Host extends Running {
  url: string;
  address: string;
  token: string;
  /** From the start of the process to the line with the address. */
  milliseconds: number;
}

function serve(args: readonly string[] = ['--port', '0'], options: StartOptions = {}): Promise<Host> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const started = startVitrine(options.program ? ['--json', ...args] : ['serve', '--json', ...args], {
      ...options,
      env: { VITRINE_HOME: home, ...options.env },
      onLine: ({ url, port, token }) =>
        resolve({
          ...started,
          url: url as string,
          address: `http://127.0.0.1:${port as number}`,
          token: token as string,
          milliseconds: performance.now() - began,
        }),
    });
    running.push(started);
    started.ended.then((ended) => reject(new Error(`it ended: ${JSON.stringify(ended)}`)), reject);
  });
}

/** A command that needs the library, in a process of its own. */
async function whoAnswers(): Promise<{ host: string; pid: number; through: number | 'in-process'; missing: object }> {
  const program = [process.execPath, join(import.meta.dirname, 'library-status.ts')];
  const { stdout, stderr, code } = await vitrine([], { program, env: { VITRINE_HOME: home } });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Awaited<ReturnType<typeof whoAnswers>>;
}

function tryServe(...args: string[]): Promise<Ended> {
  return vitrine(['serve', '--port', '0', ...args], { env: { VITRINE_HOME: home } });
}

/** A body that is sent as it comes, which the types of browsers don't know. */
function posting(host: Host, body: ReadableStream<Uint8Array>): RequestInit {
  return { ...bearer(host), method: 'POST', body, duplex: 'half' } as RequestInit;
}

const bearer = ({ token }: Host) => ({ headers: { authorization: `Bearer ${token}` } });

describe('a restart', () => {
  test('after a kill, what an open page has still lets it in at the same address, until the token is made anew', async () => {
    const first = await serve();
    const entered = await fetch(first.url, { redirect: 'manual' });
    const cookie = entered.headers.get('set-cookie')!.split(';')[0]!;
    const port = new URL(first.address).port;
    const get = async (host: Host): Promise<number> =>
      (await fetch(`${host.address}/rpc/system/status`, { headers: { cookie } })).status;
    expect(await get(first)).toBe(200);
    expect(statSync(join(home, 'serve-token')).mode & 0o777).toBe(0o600);
    first.signalGroup('SIGKILL');
    await first.ended;
    const second = await serve(['--port', port]);
    expect(second.url).toBe(first.url);
    expect(await get(second)).toBe(200);
    second.signalGroup('SIGTERM');
    await second.ended;
    const third = await serve(['--port', port, '--new-token']);
    expect(third.token).not.toBe(first.token);
    expect(await get(third)).toBe(401);
  });
});

describe('npm start', () => {
  test('prints an address whose page, /rpc and /openapi.json answer; without the token or from elsewhere nothing does', async () => {
    // What npm start runs; it builds the window first where that is missing or old.
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } };
    expect(scripts.start).toBe('node bin/start.js');
    const host = await serve(['--port', '0'], { program: [process.execPath, join(root, 'bin/start.js')] });
    const { address, url, token } = host;
    expect(url).toBe(`${address}/?token=${token}`);

    for (const path of ['/', '/rpc/system/status', '/openapi.json']) {
      expect((await fetch(address + path)).status).toBe(401);
      expect((await fetch(address + path, bearer(host))).status).toBe(200);
      const foreign = { headers: { ...bearer(host).headers, origin: 'https://elsewhere.example' } };
      expect((await fetch(address + path, foreign)).status).toBe(403);
    }

    const entered = await fetch(url, { redirect: 'manual' });
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/']);
    const cookie = entered.headers.get('set-cookie')!.split(';')[0]!;
    const page = await fetch(`${address}/`, { headers: { cookie } });
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
    const script = /src="\.?(\/[^"]+\.js)"/.exec(html)![1]!;
    expect((await fetch(address + script, { headers: { cookie } })).headers.get('content-type')).toContain(
      'javascript',
    );
  }, 180_000);
});

const executablePath = findChromium();

test.skipIf(executablePath === null)(
  `the printed address opens the window in a browser (${CHROMIUM_NEEDED})`,
  async () => {
    const host = await serve(['--port', '0'], { program: [process.execPath, join(root, 'bin/start.js')] });
    const browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(host.url);
      await page.getByRole('navigation').waitFor();
      // Without the token; behind the "#" stands where one is.
      expect([page.url().split('#')[0], problems]).toEqual([`${host.address}/`, []]);
      const seen = await page.evaluate(async () => {
        const response = await fetch('/rpc/system/status');
        return { status: response.status, cookie: document.cookie };
      });
      expect(seen).toEqual({ status: 200, cookie: '' }); // scripts of the page never see the token
      // Another origin's page, in the same browser and with the cookie in its jar, learns nothing.
      const other = createHttpServer((_, response) => response.end('<title>elsewhere</title>')).listen(0, '127.0.0.1');
      await once(other, 'listening');
      await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
      // What the window asked for itself is answered to nobody now.
      const answers: number[] = [];
      page.on('response', (response) => response.url().startsWith(host.address) && answers.push(response.status()));
      const tried = await page.evaluate(async (address) => {
        const ask = (mode: RequestMode) =>
          fetch(`${address}/rpc/system/status`, { mode, credentials: 'include' }).then(
            (response) => response.type,
            () => 'failed',
          );
        return [await ask('cors'), await ask('no-cors')];
      }, host.address);
      expect([tried, [...new Set(answers)]]).toEqual([['failed', 'opaque'], [403]]);
      other.close();
    } finally {
      await browser.close();
    }
  },
  180_000,
);

describe('one host a library', () => {
  test('a second one says who holds it and ends with 1; a command goes through the holder', async () => {
    const host = await serve();
    const { code, stderr, stdout } = await tryServe('--json');
    expect(code).toBe(1);
    expect(stderr).toContain(`The library is held by vitrine serve at ${host.address} (process ${host.child.pid}`);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'conflict', details: { pid: host.child.pid } } });
    const missing = { name: 'AppError', code: 'not_found' };
    expect(await whoAnswers()).toEqual({ host: 'serve', pid: host.child.pid, through: host.child.pid, missing });
    expect(statSync(join(home, 'library.lock')).mode & 0o777).toBe(0o600);
  });

  test('without a host a command opens the library itself', async () => {
    const missing = { name: 'AppError', code: 'not_found' };
    expect(await whoAnswers()).toMatchObject({ host: 'cli', through: 'in-process', missing });
  });

  test("a killed holder's lock holds nothing, for commands and for the next host", async () => {
    const host = await serve();
    host.signalGroup('SIGKILL');
    expect((await host.ended).signal).toBe('SIGKILL');
    expect(existsSync(join(home, 'library.lock'))).toBe(true);
    expect(await whoAnswers()).toMatchObject({ through: 'in-process' });
    const next = await serve();
    expect(await whoAnswers()).toMatchObject({ host: 'serve', pid: next.child.pid });
  });
});

describe('the end', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends streams, lets what is under way finish, and lets go',
    async (signal) => {
      const host = await serve();
      const client = remoteClient(host);
      const events = await client.system.events({});
      const next = events.next();
      // An upload that is under way: half before the signal, half after it.
      const body = new ReadableStream<Uint8Array>({
        async start(controller) {
          controller.enqueue(Buffer.alloc(1000, 1));
          await setTimeout(500);
          controller.enqueue(Buffer.alloc(1000, 2));
          controller.close();
        },
      });
      const upload = fetch(`${host.address}/media/uploads`, posting(host, body));
      await setTimeout(200);
      host.signalGroup(signal);
      expect((await next).done).toBe(true);
      expect(await (await upload).json()).toMatchObject({ bytes: 2000 });
      const { code, stderr } = await host.ended;
      expect([code, stderr.includes('bug')]).toEqual([0, false]);
      expect(existsSync(join(home, 'library.lock'))).toBe(false);
      await expect(fetch(host.address)).rejects.toThrow();
    },
  );

  test('a request that never ends is cut off after a while', async () => {
    const host = await serve();
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(Buffer.alloc(10)) });
    const stuck = fetch(`${host.address}/media/uploads`, posting(host, body));
    stuck.catch(() => {});
    await setTimeout(200);
    const began = performance.now();
    host.signalGroup('SIGTERM');
    expect((await host.ended).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    await expect(stuck).rejects.toThrow();
  });
});

describe('starting', () => {
  test('the first answer comes soon', async () => {
    const began = performance.now();
    const host = await serve();
    expect((await fetch(`${host.address}/rpc/system/status`, bearer(host))).status).toBe(200);
    // Under a second where nothing else computes; this holds on a busy machine too.
    expect(performance.now() - began).toBeLessThan(5000);
  });

  test('a taken port, a wrong one, a host that is not here: a sentence each, and nothing held', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const taken = await tryServe('--port', String(port));
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining(`Port ${port} of 127.0.0.1 is in use`)]);
    other.close();
    expect((await tryServe('--port', '70000')).code).toBe(2);
    expect((await tryServe('--port', 'x')).code).toBe(2);
    expect((await tryServe('extra')).code).toBe(2);
    const away = await tryServe('--host', '203.0.113.1');
    expect([away.code, away.stderr]).toEqual([2, expect.stringContaining('no address "203.0.113.1"')]);
    expect(existsSync(join(home, 'library.lock'))).toBe(false);
  });

  test('listening beyond this machine is warned of', async () => {
    const host = await serve(['--port', '0', '--host', '0.0.0.0']);
    expect(host.stderr()).toContain('not\nencrypted');
    expect((await fetch(`${host.address}/api/system/status`, bearer(host))).status).toBe(200);
    expect((await fetch(`${host.address}/api/system/status`)).status).toBe(401);
  });

  test.skipIf(process.platform !== 'linux')(
    '--open hands the address to the system as one argument (Linux)',
    async () => {
      const opened = join(home, 'opened');
      writeFileSync(
        join(home, 'xdg-open'),
        `#!/bin/sh\nprintf '%s|' "$@" > ${opened}.tmp && mv ${opened}.tmp ${opened}\n`,
      );
      chmodSync(join(home, 'xdg-open'), 0o755);
      const PATH = `${home}${delimiter}${process.env['PATH']}`;
      const host = await serve(['--port', '0', '--open'], { env: { PATH } });
      for (let i = 0; i < 1200 && !existsSync(opened); i++) await setTimeout(50);
      expect(readFileSync(opened, 'utf8')).toBe(`${host.url}|`);
    },
  );

  test('a library that can not be opened is said to be, and not held', async () => {
    writeFileSync(join(home, 'library.db'), 'no database, but long enough to be looked at\n'.repeat(100));
    const { code, stderr } = await tryServe();
    expect([code, stderr]).toEqual([1, expect.stringContaining('is damaged')]);
    expect(existsSync(join(home, 'library.lock'))).toBe(false);
  });
});

test('an event of one client reaches another within a moment', async () => {
  const host = await serve();
  const client = remoteClient(host);
  const events = await client.system.events({});
  const heard: PlacedEvent['event'][] = [];
  const listening = (async () => {
    for await (const { event } of events) {
      heard.push(event);
      if (event.topic === 'dataset' && event.state === 'failed') return;
    }
  })();
  await setTimeout(100);
  const { id } = await client.datasets.add({ path: home }); // holds no images
  await listening;
  expect(heard.map((event) => event.topic === 'dataset' && event.id === id)).not.toContain(false);
  expect(await client.datasets.get({ id })).toMatchObject({ state: 'failed', error: { code: 'bad_dataset' } });
});
