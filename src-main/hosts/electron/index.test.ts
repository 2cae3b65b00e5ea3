// The desktop host as a whole, on a stand-in for Electron, over a real library with real processes.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { RunSummary } from '../../../src-shared/contract/runs.ts';
import type { SystemStatus } from '../../../src-shared/contract/system.ts';
import type { Handler } from '../../app/http/answer.ts';
import { RESOURCES } from '../../places.ts';
import { holderOf } from '../../services/library/lock.ts';
import { electron, told } from './stand-in.fixture.ts';

vi.mock('electron', () => electron);

/** A training that goes on for longer than the test. */
const CONFIG = {
  total_steps: 100_000,
  warmup_steps: 10,
  batch: 8,
  accum_steps: 1,
  eval_every: 0,
  'pp.crop': 32,
};

let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-electron-'));
  vi.stubEnv('VITRINE_HOME', home);
  await import('./index.ts');
  await vi.waitUntil(() => told.addresses.length > 0, 30_000);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function ask<T>(path: string, body?: unknown): Promise<T> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const headers = { 'content-type': 'application/json' };
  const response = await (told.handler as Handler)(new Request(`vitrine://app/api/${path}`, { ...init, headers }));
  const answer = (await response.json()) as T;
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer;
}

test('the window opens on the scheme, whose handler answers with the contract', async () => {
  expect(told.addresses).toEqual(['vitrine://app/']);
  expect(await ask<SystemStatus>('system/status')).toMatchObject({ host: 'electron', home });
  expect(told.userData).toBe(join(home, 'desktop'));
});

test('the library is held, and the command line finds it', async () => {
  const { kind, address, token } = holderOf(join(home, 'library.lock'))!;
  expect(kind).toBe('electron');
  const response = await fetch(`${address}/api/system/status`, { headers: { authorization: `Bearer ${token}` } });
  expect(await response.json()).toMatchObject({ host: 'electron' });
  expect((await fetch(`${address}/api/system/status`)).status).toBe(401);
});

test("the desktop's dialogs are the system's", async () => {
  expect(await ask('desktop/status')).toEqual({ available: true });
  expect(await ask('desktop/choose', { kind: 'folder', title: 'Images' })).toEqual({ path: '/chosen' });
  expect(await ask('desktop/choose', { kind: 'checkpoint', title: 'A checkpoint' })).toEqual({ path: '/chosen' });
  expect(told.chosen[0]!.properties).toContain('openDirectory');
  expect(told.chosen[1]!.filters?.map(({ name }) => name)).toEqual(['Checkpoints', 'All files']);
  await ask('desktop/reveal', { path: home });
  expect(told.revealed).toEqual([home]);
});

test('a file opened by the system is read by a utility process and shown; what is none is told', async () => {
  const event = { preventDefault: () => {} };
  electron.app.emit('open-file', event, join(RESOURCES, 'demo/digits-vit.npz'));
  await vi.waitUntil(() => told.addresses.length > 1, { timeout: 30_000 });
  expect(told.addresses.at(-1)).toMatch(/^vitrine:\/\/app\/#\/checkpoints\/\d+$/);
  expect(told.forked.length).toBeGreaterThan(0);
  writeFileSync(join(home, 'poor.npz'), 'not an archive');
  electron.app.emit('second-instance', {}, ['vitrine', '--flag', 'poor.npz', 'missing.npz'], home);
  await vi.waitUntil(() => told.errors.length > 0, { timeout: 30_000 });
  expect(told.errors[0]![0]).toBe('poor.npz could not be opened');
});

test.skipIf(!process.env['VITRINE_ENGINE_DIR'])("the engine's trial is a utility process too", async () => {
  expect(await ask('engine/selftest', {})).toMatchObject({ ok: true });
  expect(told.forked.at(-1)).toMatch(/selftest\.ts$/);
});

test.skipIf(!process.env['VITRINE_ENGINE_DIR'])(
  'quitting while a run trains asks once, pauses it, and notes that it goes on at the next start',
  { timeout: 180_000 },
  async () => {
    const { dataset } = await ask<{ dataset: string; checkpoint: number }>('samples/add', {});
    await vi.waitUntil(async () => (await ask<{ state: string }>(`datasets/get?id=${dataset}`)).state === 'ready', {
      timeout: 60_000,
      interval: 200,
    });
    const { root } = await ask<{ root: string }>(`datasets/get?id=${dataset}`);
    const run = await ask<RunSummary>('runs/start', {
      name: 'digits',
      checkpoint: join(RESOURCES, 'demo/digits-vit.npz'),
      overrides: Object.entries({ ...CONFIG, dataset: root }).map(([name, value]) => `--config.${name}=${value}`),
    });
    const now = async (): Promise<RunSummary> => ask<RunSummary>(`runs/get?id=${run.id}`);
    const trains = async (): Promise<boolean> => {
      const { state, step, error } = await now();
      if (state === 'failed') throw new Error(error?.message);
      return state === 'running' && step > 2;
    };
    await vi.waitUntil(trains, { timeout: 90_000, interval: 200 });
    let prevented = 0;
    const quit = (): boolean => electron.app.emit('before-quit', { preventDefault: () => prevented++ });
    told.answers.push(2, 0); // cancel, then pause
    quit();
    await vi.waitUntil(() => told.questions.length === 1, 30_000);
    expect((await now()).state).toBe('running');
    quit();
    quit(); // impatience asks nothing more
    await vi.waitUntil(() => told.quits > 0, { timeout: 60_000 });
    expect(told.questions.map(({ buttons }) => buttons.length)).toEqual([3, 3]);
    expect(told.questions[0]!.message).toContain('digits');
    expect((await now()).state).toBe('paused');
    expect(JSON.parse(readFileSync(join(home, 'desktop.json'), 'utf8'))).toMatchObject({ resume: [run.id] });
    expect(told.bars.some((share) => share >= 0)).toBe(true);
    quit();
    expect(prevented).toBe(3); // the last one was let go
  },
);

test('quitting closes the library before the process ends', async () => {
  let prevented = false;
  electron.app.emit('will-quit', { preventDefault: () => (prevented = true) });
  await vi.waitUntil(() => told.exited !== undefined, 30_000);
  expect([prevented, told.exited]).toEqual([true, 0]);
  expect(holderOf(join(home, 'library.lock'))).toBeNull();
  expect(existsSync(join(home, 'library.db'))).toBe(true);
});

test('the host stays small enough to read at a glance', () => {
  const source = readFileSync(join(import.meta.dirname, 'index.ts'), 'utf8');
  expect(source.trim().split('\n').length).toBeLessThan(150);
});
