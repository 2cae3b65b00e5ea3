import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linePort } from '../../src-shared/contract/line-port.ts';
import type { RunControl } from '../../src-shared/contract/run-control.ts';
import type { TrainEvent } from '../../src-shared/contract/worker.ts';
import { listenForControl, socketPath } from './run-socket.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'vitrine-socket-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const listeners = new Set<(event: TrainEvent) => void>();
const asked: string[] = [];
const target = {
  status: () => ({ pid: process.pid, phase: 'training', step: 3, totalSteps: 10 }),
  subscribe: (listener: (event: TrainEvent) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  stop: (reason: string) => void asked.push(reason),
  evaluateNow: () => void asked.push('evaluate'),
};

function client(path: string): { control: RunControl; close: () => void } {
  const socket = connect(path).setEncoding('utf8');
  const control = createORPCClient<RunControl & Record<string, never>>(new RPCLink({ port: linePort(socket) }));
  return { control, close: () => void socket.destroy() };
}

describe.skipIf(process.platform === 'win32')('a run’s socket (needs Unix sockets)', () => {
  test('has a short path however long the workdir’s is, the same each time, for this user alone', async () => {
    const deep = join(folder, ...Array.from({ length: 12 }, () => 'a folder with a long name'));
    mkdirSync(deep, { recursive: true });
    const path = socketPath(deep)!;
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(100);
    expect(socketPath(deep)).toBe(path);
    expect(socketPath(folder)).not.toBe(path);
    const close = await listenForControl(path, target);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    close();
  });

  test('answers, tells events, heeds; one that a killed process left is replaced', async () => {
    const path = socketPath(folder)!;
    writeFileSync(path, ''); // what is there isn't listened to
    const close = await listenForControl(path, target);
    const { control, close: leave } = client(path);
    expect(await control.status()).toMatchObject({ pid: process.pid, step: 3 });
    await control.pause();
    await control.stop({ keep: true });
    await control.stop({ keep: false });
    await control.evaluateNow();
    expect(asked).toEqual(['pause', 'stop', 'discard', 'evaluate']);
    const events = await control.events();
    const first = events.next();
    while (listeners.size === 0) await new Promise((resolve) => setImmediate(resolve));
    for (const listener of listeners) listener({ type: 'note', text: 'line one\nline two' });
    expect((await first).value).toEqual({ type: 'note', text: 'line one\nline two' });
    leave();
    for (let i = 0; i < 100 && listeners.size > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(listeners.size).toBe(0);
    close();
    for (let i = 0; i < 100 && existsSync(path); i++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(existsSync(path)).toBe(false);
  });

  test('what is no request ends nothing', async () => {
    const path = socketPath(folder)!;
    const close = await listenForControl(path, target);
    const stranger = connect(path);
    stranger.on('error', () => {});
    stranger.write('GET / HTTP/1.1\r\n\r\n{"i":1}\n[]\nnull\n\u0000\n');
    const { control, close: leave } = client(path);
    expect(await control.status()).toMatchObject({ step: 3 });
    stranger.destroy();
    leave();
    close();
  });
});
