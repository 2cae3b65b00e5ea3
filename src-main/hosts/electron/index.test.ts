// The desktop host on a stand-in for Electron: its binary can't run everywhere that tests do.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { SystemStatus } from '../../../src-shared/contract/system.ts';
import type { Handler } from '../../app/http/answer.ts';
import { holderOf } from '../../services/library/lock.ts';

const electron = vi.hoisted(() => {
  const listeners = new Map<string, (event: { preventDefault: () => void }) => void>();
  const done = { handler: undefined as unknown, addresses: [] as string[], exited: undefined as number | undefined };
  class BrowserWindow {
    static getAllWindows = () => [];
    webContents = {
      setWindowOpenHandler: () => {},
      on: () => {},
      session: { setPermissionRequestHandler: () => {} },
    };
    once = () => {};
    loadURL = async (address: string) => void done.addresses.push(address);
  }
  const on = (name: string, listener: (event: { preventDefault: () => void }) => void) =>
    void listeners.set(name, listener);
  return {
    done,
    listeners,
    module: {
      app: {
        requestSingleInstanceLock: () => true,
        enableSandbox: () => {},
        on,
        once: on,
        whenReady: async () => {},
        quit: () => {},
        exit: (code = 0) => (done.exited = code),
      },
      BrowserWindow,
      dialog: { showErrorBox: () => {} },
      protocol: {
        registerSchemesAsPrivileged: () => {},
        handle: (_scheme: string, handler: unknown) => (done.handler = handler),
      },
      shell: {},
    },
  };
});
vi.mock('electron', () => electron.module);

let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-electron-'));
  vi.stubEnv('VITRINE_HOME', home);
  await import('./index.ts');
  await vi.waitUntil(() => electron.done.addresses.length > 0);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

test('the window opens on the scheme, whose handler answers with the contract', async () => {
  expect(electron.done.addresses).toEqual(['vitrine://app/']);
  const handler = electron.done.handler as Handler;
  const response = await handler(new Request('vitrine://app/api/system/status'));
  expect((await response.json()) as SystemStatus).toMatchObject({ host: 'electron', home });
});

test('the library is held, and the command line finds it', async () => {
  const { kind, address, token } = holderOf(join(home, 'library.lock'))!;
  expect(kind).toBe('electron');
  const response = await fetch(`${address}/api/system/status`, { headers: { authorization: `Bearer ${token}` } });
  expect(await response.json()).toMatchObject({ host: 'electron' });
  expect((await fetch(`${address}/api/system/status`)).status).toBe(401);
});

test('quitting closes the library before the process ends', async () => {
  let prevented = false;
  electron.listeners.get('will-quit')!({ preventDefault: () => (prevented = true) });
  await vi.waitUntil(() => electron.done.exited !== undefined);
  expect([prevented, electron.done.exited]).toEqual([true, 0]);
  expect(holderOf(join(home, 'library.lock'))).toBeNull();
});

test('the host stays small enough to read at a glance', () => {
  const source = readFileSync(join(import.meta.dirname, 'index.ts'), 'utf8');
  expect(source.trim().split('\n').length).toBeLessThan(150);
});
