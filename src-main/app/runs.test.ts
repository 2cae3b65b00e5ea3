// Runs through the contract, over folders as workers leave them; trainings themselves are in e2e/runs.test.ts.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolveConfig } from '../../src-shared/config/resolve.ts';
import type { RunChange, RunSummary } from '../../src-shared/contract/runs.ts';
import { ownIdentity } from '../workers/process-liveness.ts';
import { asAppError } from './app-errors.ts';
import { inProcess } from './in-process.ts';
import type { Client } from './in-process.ts';
import { openLibrary } from './library.ts';
import type { Library } from './library.ts';

let home: string;
let library: Library;
let client: Client;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-runs-'));
  library = await openLibrary({ host: 'cli', home });
  client = inProcess(library);
});
afterEach(async () => {
  await library.close();
  rmSync(home, { recursive: true, force: true });
});

const line = (step: number, values: Record<string, number>): string => `${JSON.stringify({ step, ...values })}\n`;

/** A folder as a run leaves it that was killed in its midst. */
function makeRun(name: string, { steps = 3, total = 10, folder = join(home, 'runs') } = {}): string {
  const workdir = join(folder, name);
  mkdirSync(join(workdir, 'checkpoints'), { recursive: true });
  const { config } = resolveConfig({
    overrides: [`--config.total_steps=${total}`, '--config.warmup_steps=1', '--config.dataset=/data/pets'],
  });
  const record = {
    format: 'vitrine-run',
    version: 1,
    config,
    classNames: ['cat', 'dog'],
    engine: { threads: { intra: 1 } },
  };
  writeFileSync(join(workdir, 'run.json'), JSON.stringify(record));
  const point = { format: 'vitrine-training-state', version: 1, step: steps, file: 'x', sha256: '' };
  writeFileSync(join(workdir, 'checkpoints/latest.json'), JSON.stringify(point));
  const text = Array.from({ length: steps }, (_, i) => line(i + 1, { train_loss: 1 / (i + 1) })).join('');
  writeFileSync(join(workdir, 'metrics.jsonl'), text);
  const start = { at: new Date().toISOString(), type: 'start', step: 0, text: null, pid: 1 };
  writeFileSync(join(workdir, 'timeline.jsonl'), `${JSON.stringify(start)}\n`);
  return workdir;
}

function lock(workdir: string, owner: { pid: number; started: string }): void {
  writeFileSync(join(workdir, 'lock.json'), JSON.stringify({ host: hostname(), ...owner }));
}

const adopt = (workdir: string): Promise<RunSummary> => client.runs.adopt({ workdir });

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return (asAppError(error) as { code?: string }).code ?? String(error);
  }
  return 'nothing was thrown';
}

describe('a run’s state follows from its folder', () => {
  test('interrupted, running, interrupted, paused, finished', async () => {
    const workdir = makeRun('pets');
    const { id, ...summary } = await adopt(workdir);
    expect(summary).toMatchObject({ state: 'interrupted', step: 3, savedStep: 3, totalSteps: 10, resumable: true });
    const state = async (): Promise<string> => (await client.runs.list({ text: 'pets' })).runs[0]!.state;

    const child = spawn('sleep', ['60']);
    lock(workdir, { pid: child.pid!, started: '' });
    expect(await state()).toBe('running');
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(await state()).toBe('interrupted');
    // The number was given again: this process's, but not its start.
    lock(workdir, { pid: process.pid, started: '1' });
    expect(await state()).toBe('interrupted');

    const end = {
      format: 'vitrine-run-end',
      version: 1,
      reason: 'pause',
      cause: null,
      error: null,
      step: 3,
      at: new Date().toISOString(),
    };
    writeFileSync(join(workdir, 'end.json'), JSON.stringify({ ...end, state: 'paused' }));
    expect(await state()).toBe('paused');
    writeFileSync(join(workdir, 'model.npz'), '');
    writeFileSync(join(workdir, 'model.json'), JSON.stringify({ provenance: { steps: 10 } }));
    writeFileSync(join(workdir, 'checkpoints/latest.json'), '{"step": 10}');
    expect(await client.runs.get({ id })).toMatchObject({
      state: 'finished',
      step: 10,
      model: join(workdir, 'model.npz'),
    });
  });

  test('a pause that was asked for before somebody else began is no pause any more', async () => {
    const workdir = makeRun('taken-up');
    const { id } = await adopt(workdir);
    await client.runs.stop({ id, keep: true });
    const start = { at: new Date(Date.now() + 5).toISOString(), type: 'resume', step: 3, text: null, pid: 1 };
    appendFileSync(join(workdir, 'timeline.jsonl'), `${JSON.stringify(start)}\n`);
    lock(workdir, ownIdentity());
    expect(await client.runs.get({ id })).toMatchObject({ state: 'running' });
  });

  test.each([
    ['end.json', '{"format":"vitrine-run-end","version":1,"state":"sto'],
    ['end.json', '[]'],
    ['lock.json', ''],
    ['lock.json', '{"pid":"many"}'],
    ['checkpoints/latest.json', '{"step":-4}'],
    ['timeline.jsonl', '\u0000\u0000\n{"at":"yesterday","type":"start"}\n{"at":1}\n'],
  ])('a damaged %s (%s) is no end of the program', async (file, content) => {
    const workdir = makeRun('damaged');
    writeFileSync(join(workdir, file), content);
    expect((await adopt(workdir)).state).toBe('interrupted');
  });

  test('a folder that vanished: what was known stays, and nothing is there to go on with', async () => {
    const workdir = makeRun('gone');
    const { id } = await adopt(workdir);
    rmSync(workdir, { recursive: true });
    expect(await client.runs.get({ id })).toMatchObject({ state: 'interrupted', step: 3, resumable: false });
    expect((await client.runs.metrics({ id })).series[0]!.total).toBe(3);
  });
});

describe('watching', () => {
  test('a point reaches a subscriber within 100 ms of its line, and none is missed', async () => {
    const workdir = makeRun('watched');
    const { id } = await adopt(workdir);
    lock(workdir, ownIdentity());
    const abort = new AbortController();
    const changes = await client.runs.watch({ id }, { signal: abort.signal });
    const arrived = new Map<number, number>();
    const reading = (async () => {
      for await (const change of changes)
        if (change.type === 'points') for (const { step } of change.points) arrived.set(step, performance.now());
    })().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    const written = new Map<number, number>();
    for (let step = 4; step < 104; step++) {
      written.set(step, performance.now());
      appendFileSync(join(workdir, 'metrics.jsonl'), line(step, { train_loss: 1 }));
      await new Promise((resolve) => setTimeout(resolve, 7));
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    abort.abort();
    await reading;
    expect([...arrived.keys()]).toEqual([...written.keys()]);
    const delays = [...written].map(([step, at]) => arrived.get(step)! - at).sort((a, b) => a - b);
    expect(delays[94]).toBeLessThan(100);
  });

  test('begins with how the run stands, and tells its end', async () => {
    const workdir = makeRun('ends');
    const { id } = await adopt(workdir);
    const child = spawn('sleep', ['60']);
    lock(workdir, { pid: child.pid!, started: '' });
    const seen: string[] = [];
    const abort = new AbortController();
    for await (const change of (await client.runs.watch(
      { id },
      { signal: abort.signal },
    )) as AsyncIterable<RunChange>) {
      if (change.type !== 'run') continue;
      seen.push(change.run.state);
      if (change.run.state === 'running' && seen.at(-2) !== 'running') child.kill('SIGKILL');
      if (change.run.state === 'interrupted' && seen.length > 1) break;
    }
    abort.abort();
    expect(new Set(seen)).toEqual(new Set(['running', 'interrupted']));
  });
});

describe('the list', () => {
  test('by text and state, newest first, in pages; names and tags', async () => {
    for (const name of ['cats', 'dogs', 'birds']) await adopt(makeRun(name));
    expect((await client.runs.list({ text: 'DOG' })).runs.map(({ name }) => name)).toEqual(['dogs']);
    expect((await client.runs.list({ text: "%' OR 1=1 --" })).total).toBe(0);
    expect((await client.runs.list({ state: 'finished' })).total).toBe(0);
    const page = await client.runs.list({ limit: 2, offset: 1 });
    expect(page.total).toBe(3);
    expect(page.runs).toHaveLength(2);
    const [{ id }] = (await client.runs.list({ text: 'cats' })).runs as [RunSummary];
    await client.runs.edit({ id, name: 'Tigers', tags: ['large', 'striped'] });
    expect((await client.runs.list({ text: 'striped' })).runs[0]).toMatchObject({ id, name: 'Tigers' });
  });

  test('what a run was asked for with can be changed and started again', async () => {
    const { id } = await adopt(makeRun('asked'));
    const input = await client.runs.clone({ id });
    expect(input.overrides).toContain('--config.dataset=/data/pets');
    const { config } = resolveConfig({ overrides: input.overrides });
    expect((await client.runs.get({ id })).config).toContainEqual({ path: 'total_steps', value: 10 });
    expect(config.total_steps).toBe(10);
  });

  test('ids that are none, that are unknown; calls that don’t fit the state', async () => {
    expect(await codeOf(client.runs.get({ id: "'; DROP TABLE runs" }))).toBe('usage');
    expect(await codeOf(client.runs.get({ id: '0123456789ab' }))).toBe('not_found');
    const { id } = await adopt(makeRun('idle'));
    expect(await codeOf(client.runs.pause({ id }))).toBe('conflict');
    expect(await codeOf(client.runs.evaluateNow({ id }))).toBe('conflict');
    expect(await codeOf(client.runs.move({ id, before: null }))).toBe('conflict');
    expect(await codeOf(client.runs.start({ overrides: [] }))).toBe('config');
    expect(await codeOf(client.runs.start({ overrides: ['--config.dataset=/data'] }))).toBe('usage');
    expect(await codeOf(client.runs.adopt({ workdir: home }))).toBe('bad_file');
    expect(await codeOf(client.runs.adopt({ workdir: join(home, 'nowhere') }))).toBe('not_found');
    expect((await client.runs.list({})).total).toBe(1);
  });

  test('a run is forgotten with its own files, and nobody else’s', async () => {
    const workdir = makeRun('mine');
    writeFileSync(join(workdir, 'notes.txt'), 'keep me');
    const { id } = await adopt(workdir);
    lock(workdir, ownIdentity());
    expect(await codeOf(client.runs.remove({ id, files: true }))).toBe('conflict');
    rmSync(join(workdir, 'lock.json'));
    await client.runs.remove({ id, files: true });
    expect(readdirSync(workdir)).toEqual(['notes.txt']);
    expect((await client.runs.list({})).total).toBe(0);
  });
});

test('a lost database is read back from the folders', async () => {
  const elsewhere = join(home, 'experiments');
  for (const name of ['a', 'b']) await adopt(makeRun(name));
  await adopt(makeRun('deep/c', { folder: elsewhere }));
  const before = (await client.runs.list({})).runs;
  await library.close();
  for (const file of readdirSync(home)) if (file.startsWith('library.db')) rmSync(join(home, file));
  library = await openLibrary({ host: 'cli', home });
  client = inProcess(library);
  expect((await client.runs.list({})).total).toBe(0);
  const [part] = await client.library.rebuild({ folders: [elsewhere, join(home, 'nowhere')] });
  expect(part).toEqual({ name: 'runs', found: 3, added: 3, problems: [] });
  const withoutTimes = ({ changedAt: _, ...run }: RunSummary) => run;
  const byId = (a: RunSummary, b: RunSummary): number => (a.id < b.id ? -1 : 1);
  const after = (await client.runs.list({})).runs;
  expect(after.sort(byId).map(withoutTimes)).toEqual(before.sort(byId).map(withoutTimes));
  expect((await client.runs.metrics({ id: after[0]!.id })).series[0]!.total).toBe(3);
  expect((await client.library.rebuild({}))[0]).toMatchObject({ found: 2, added: 0 });
  expect(existsSync(join(home, 'library.db'))).toBe(true);
});
