// Trainings through a host: its queue, its workers, and who is killed when.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunChange, RunSummary } from '../src-shared/contract/runs.ts';
import { randomStream, STREAM } from '../src-shared/random.ts';
import { startHost, type Host } from './host-process.ts';
import { killRuns, metricsOf } from './kill-runs.ts';
import { EVERYTHING, makeFolder, writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { configFlags, isRunning, jsonLines, startVitrine, vitrine } from './vitrine.ts';

const SEED = Number(process.env.VITRINE_TEST_SEED ?? Date.now() % 1_000_000);
const hasTensorFlow = process.env.VITRINE_ENGINE_DIR !== undefined;

let folder: Awaited<ReturnType<typeof makeFolder>>;
let home: string;
let host: Host;
const at = (name: string): string => join(folder.path, name);

function overrides(more: Record<string, string | number> = {}): string[] {
  const config = {
    dataset: at('squares'),
    total_steps: 400,
    warmup_steps: 20,
    batch: 8,
    accum_steps: 1,
    base_lr: 0.003,
    eval_every: 100,
    checkpoint_every: 20,
    progress_every: 1,
    ...more,
  };
  return configFlags(config);
}
const input = (name: string, more?: Record<string, string | number>) => ({
  workdir: at(name),
  overrides: overrides(more),
  checkpoint: at('tiny.npz'),
  threads: 1,
});
/** Long enough to be caught in its midst. */
const LONG = { total_steps: 1_000_000, eval_every: 0, checkpoint_every: 500, progress_every: 10 };

async function until(id: string, ...states: RunSummary['state'][]): Promise<RunSummary> {
  for (let i = 0; i < 2400; i++) {
    const run = await host.client.runs.get({ id });
    if (states.includes(run.state)) return run;
    await sleep(50);
  }
  const { state, error } = await host.client.runs.get({ id });
  throw new Error(
    `waited two minutes for ${states.join(' or ')}, but it is ${state}: ${JSON.stringify(error)}\n${host.stderr()}`,
  );
}
async function untilTrains(id: string): Promise<RunSummary> {
  for (let i = 0; i < 2400; i++) {
    const run = await host.client.runs.get({ id });
    if (run.state === 'running' && run.phase === 'training' && run.step > 0) return run;
    if (run.state === 'failed' || run.state === 'finished')
      throw new Error(`it is ${run.state}: ${JSON.stringify(run.error)}`);
    await sleep(25);
  }
  throw new Error('waited a minute for it to train');
}

beforeAll(async () => {
  folder = await makeFolder();
  home = at('home');
  await writeSquares(at('squares'), { train: 12, test: 4 });
  await writeTinyCheckpoint(at('tiny.npz'));
  host = await startHost(home);
});
afterAll(async () => {
  await host.kill('SIGTERM');
  for (const name of readdirSync(folder.path)) {
    const lock = join(folder.path, name, 'lock.json');
    if (existsSync(lock)) process.kill((JSON.parse(readFileSync(lock, 'utf8')) as { pid: number }).pid, 'SIGKILL');
  }
  await folder.remove();
});

describe.skipIf(!hasTensorFlow)('a host’s runs on TensorFlow', () => {
  let whole: RunSummary;

  test('a run is started, watched and finished; the command line and the timeline say the same', async () => {
    const started = await host.client.runs.start({ ...input('whole'), name: 'Squares', tags: ['first'] });
    expect(started).toMatchObject({ state: 'preparing', name: 'Squares', owner: 'host', tags: ['first'] });
    const changes: RunChange[] = [];
    for await (const change of await host.client.runs.watch({ id: started.id })) {
      changes.push(change);
      if (change.type === 'run' && change.run.state === 'finished') break;
    }
    whole = await until(started.id, 'finished');
    expect(whole).toMatchObject({ step: 400, totalSteps: 400, pid: null, model: at('whole/model.npz') });
    const steps = changes.flatMap((change) => (change.type === 'points' ? change.points.map(({ step }) => step) : []));
    expect([...new Set(steps)]).toEqual(Array.from({ length: 400 }, (_, i) => i + 1));
    expect(changes.flatMap((change) => (change.type === 'phase' ? [change.phase] : []))).toContain('compiling');
    const { latest, classNames } = await host.client.runs.get({ id: whole.id });
    expect(latest['accuracy_test']).toBe(1);
    expect(classNames).toEqual(['blue', 'green', 'red']);
    const types = (await host.client.runs.timeline({ id: whole.id })).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['queued', 'start', 'phase', 'checkpoint', 'evaluation', 'end']));
    const listed = await vitrine(['runs', '--json'], { env: { VITRINE_HOME: home } });
    expect(JSON.parse(listed.stdout)).toMatchObject({ runs: [{ id: whole.id, state: 'finished', name: 'Squares' }] });
  }, 180_000);

  test('the same training on the command line gives the same bytes, and is listed with the others', async () => {
    const args = ['train', `--workdir=${at('typed')}`, `--checkpoint=${at('tiny.npz')}`, '--threads=1', ...overrides()];
    const ended = await vitrine(args, { env: { VITRINE_HOME: home } });
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(readFileSync(at('typed/model.npz')).equals(readFileSync(at('whole/model.npz')))).toBe(true);
    expect(await metricsOf(at('typed'))).toEqual(await metricsOf(at('whole')));
    const { runs } = await host.client.runs.list({ text: 'typed' });
    expect(runs).toMatchObject([{ state: 'finished', owner: 'cli', workdir: at('typed') }]);
  }, 240_000);

  test('followed over the contract, as a command line follows its host: to a pause, and resumed to the end', async () => {
    const follow = async (what: { start?: ReturnType<typeof input>; resume?: string }) => {
      const types = new Set<string>();
      let id = '';
      for await (const event of await host.client.runs.train(what)) {
        types.add(event.type);
        if (event.type === 'run') id = event.run.id;
        if (event.type === 'metrics' && event.step === 20 && what.start) await host.client.runs.pause({ id });
        if (event.type === 'result') return { id, types, result: event };
      }
      throw new Error('it ended without a result');
    };
    const { id, types, result } = await follow({ start: input('followed', LONG) });
    expect([...types]).toEqual(
      expect.arrayContaining(['run', 'dataset', 'note', 'phase', 'step', 'metrics', 'result']),
    );
    expect(result).toMatchObject({ state: 'interrupted', model: null });
    expect(await until(id, 'paused')).toMatchObject({ savedStep: result.step });
    const again = follow({ resume: id });
    await untilTrains(id);
    await host.client.runs.stop({ id, keep: true });
    expect((await again).result.stepsRun).toBeLessThan((await again).result.step);
    expect(await until(id, 'stopped')).toMatchObject({ resumable: true });
  }, 180_000);

  test('the queue: one at a time, in the order that was asked for, until they are taken out', async () => {
    const first = await host.client.runs.start(input('first', LONG));
    const second = await host.client.runs.start(input('second', LONG));
    const third = await host.client.runs.start({ ...input('third', LONG), priority: 0 });
    await until(first.id, 'running');
    expect(await host.client.runs.get({ id: second.id })).toMatchObject({
      state: 'queued',
      place: 1,
      waiting: expect.stringMatching(/"first" trains on cpu/) as string,
    });
    const moved = await host.client.runs.move({ id: third.id, before: second.id });
    expect(moved.runs.map(({ name }) => name)).toEqual(['third', 'second']);
    await host.client.runs.edit({ id: second.id, priority: 5 });
    expect((await host.client.runs.get({ id: second.id })).place).toBe(1);
    await host.client.runs.edit({ id: second.id, priority: 0 });
    expect((await host.client.runs.stop({ id: second.id, keep: true })).state).toBe('stopped');
    await expect(host.client.runs.start(input('third', LONG))).rejects.toMatchObject({ code: 'conflict' });

    await untilTrains(first.id);
    const evaluations = async (): Promise<number> =>
      (await host.client.runs.metrics({ id: first.id, names: ['accuracy_test'] })).series[0]?.total ?? 0;
    expect(await evaluations()).toBe(0);
    await host.client.runs.evaluateNow({ id: first.id });
    await expect.poll(evaluations, { timeout: 90_000 }).toBe(1);
    await host.client.runs.pause({ id: first.id });
    const paused = await until(first.id, 'paused');
    expect(paused).toMatchObject({ resumable: true, error: null });
    expect(paused.savedStep).toBe(paused.step);

    await untilTrains(third.id);
    await host.client.runs.stop({ id: third.id, keep: false });
    expect(await until(third.id, 'stopped')).toMatchObject({ resumable: false, savedStep: null });
    expect(existsSync(at('third/checkpoints'))).toBe(false);
    await host.client.runs.resume({ id: first.id });
    const { step } = await untilTrains(first.id);
    expect(step).toBeGreaterThan(paused.step);
    await host.client.runs.stop({ id: first.id, keep: true });
    expect(await until(first.id, 'stopped')).toMatchObject({ resumable: true });
  }, 240_000);

  test('main is killed: the worker goes on; main comes back to it, and no metric is lost or doubled', async () => {
    const { id } = await host.client.runs.start(
      input('orphan', { total_steps: 20_000, eval_every: 5000, checkpoint_every: 2000 }),
    );
    const { pid } = await untilTrains(id);
    await host.kill('SIGKILL');
    expect(isRunning(pid!)).toBe(true);
    host = await startHost(home);
    const since = performance.now();
    const back = await host.client.runs.get({ id });
    expect(back).toMatchObject({ state: 'running', pid });
    expect(performance.now() - since).toBeLessThan(2000);
    // A subscriber as a page is one: what it was told, and what it read when it was told to read.
    const losses = async (): Promise<number[]> => {
      const { series } = await host.client.runs.metrics({ id, names: ['train_loss'], maxPoints: 100_000 });
      return series[0]!.points.map(([step]) => step);
    };
    let known: number[] = [];
    let progress = 0;
    for await (const change of await host.client.runs.watch({ id })) {
      if (change.type === 'run' && known.length === 0) known = await losses();
      if (change.type === 'points' && change.reread) known = await losses();
      if (change.type === 'points')
        for (const { step, values } of change.points)
          if (values['train_loss'] !== undefined && step > known.at(-1)!) known.push(step);
      if (change.type === 'progress') progress++; // by the worker's own socket
      if (change.type === 'run' && change.run.state === 'finished') break;
    }
    expect(progress).toBeGreaterThan(0);
    const every = Array.from({ length: 20_000 }, (_, i) => i + 1);
    expect(known).toEqual(every);
    expect(await losses()).toEqual(every);
  }, 300_000);

  test('killed a few times, main, worker or both: every run ends as it would have', async () => {
    console.log(`VITRINE_TEST_SEED=${SEED}`);
    const everything = overrides(EVERYTHING);
    const args = ['train', `--workdir=${at('alone')}`, `--checkpoint=${at('tiny.npz')}`, '--threads=1', ...everything];
    const ended = await vitrine(args, { env: { VITRINE_HOME: home } });
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    const report = await killRuns({
      home: at('killed-home'),
      folder: at('killed'),
      input: { overrides: everything, checkpoint: at('tiny.npz'), threads: 1 },
      whole: at('alone'),
      kills: 5,
      random: randomStream(SEED, STREAM.order, 2),
      within: 5000,
      log: (line) => console.log(line),
    });
    expect(Math.max(...report.untilTrue)).toBeLessThan(2000);
  }, 600_000);

  test('a refused start says why and leaves nothing; a bad data set fails with its cause', async () => {
    await expect(host.client.runs.start({ ...input('no'), checkpoint: at('nowhere.npz') })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(host.client.runs.start({ ...input('whole', { base_lr: 0.1 }) })).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(existsSync(at('no'))).toBe(false);
    const { id } = await host.client.runs.start({ ...input('bad'), overrides: overrides({ dataset: at('nothing') }) });
    expect(await until(id, 'failed')).toMatchObject({
      cause: 'bad_data',
      error: { code: 'not_found', message: expect.stringContaining('nothing') as string },
    });
    const tries = (await host.client.runs.timeline({ id })).filter(({ type }) => type === 'refused');
    expect(tries).toHaveLength(1);
    await host.client.runs.remove({ id, files: true });
    expect(existsSync(at('bad'))).toBe(false);
  }, 240_000);

  test('a training of the command line is seen by the host, and paused from there', async () => {
    const args = [
      'train',
      `--workdir=${at('shared')}`,
      `--checkpoint=${at('tiny.npz')}`,
      '--threads=1',
      '--json',
      ...overrides(LONG),
    ];
    const running = startVitrine(args, { env: { VITRINE_HOME: home } });
    let id = '';
    for (let i = 0; i < 1200 && id === ''; i++) {
      id = (await host.client.runs.list({ text: at('shared'), state: 'running' })).runs[0]?.id ?? '';
      await sleep(50);
    }
    await untilTrains(id);
    expect((await vitrine(['runs', 'pause', at('shared')], { env: { VITRINE_HOME: home } })).code).toBe(0);
    const ended = await running.ended;
    expect(ended, ended.stderr).toMatchObject({ code: 130 });
    expect(jsonLines(ended).at(-1)).toMatchObject({ type: 'result', state: 'interrupted' });
    expect(await until(id, 'paused')).toMatchObject({ owner: 'cli', resumable: true });
  }, 240_000);

  test('a lost database is read back, and a run goes on as if nothing had been', async () => {
    const { id } = await host.client.runs.start(input('read-back', { checkpoint_every: 20 }));
    await untilTrains(id).catch(() => undefined);
    await host.client.runs.pause({ id }).catch(() => undefined);
    await until(id, 'paused', 'finished');
    await host.kill('SIGTERM');
    for (const file of readdirSync(home)) if (file.startsWith('library.db')) rmSync(join(home, file));
    host = await startHost(home);
    expect((await host.client.runs.list({})).total).toBe(0);
    await host.client.library.rebuild({ folders: [at('read-back')] });
    const run = await host.client.runs.get({ id });
    if (run.state !== 'finished') await host.client.runs.resume({ id });
    await until(id, 'finished');
    expect(readFileSync(at('read-back/model.npz')).equals(readFileSync(at('whole/model.npz')))).toBe(true);
  }, 240_000);
});

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
