// Runs that end early, are extended, and branch, as processes of their own.
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLearningRateSchedule } from '../src-shared/config/learning-rate.ts';
import type { TimelineEntry } from '../src-shared/contract/run-files.ts';
import { metricsOf } from './kill-runs.ts';
import { listing, makeFolder, writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { configFlags, jsonLines, startVitrine, vitrine, type Ended } from './vitrine.ts';

const hasTensorFlow = process.env.VITRINE_ENGINE_DIR !== undefined;

let folder: Awaited<ReturnType<typeof makeFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await makeFolder();
  await writeSquares(at('squares'), { train: 12, test: 4 });
  await writeTinyCheckpoint(at('tiny.npz'));
  await mkdir(at('home'));
});

afterAll(() => folder.remove());

const DEFAULTS = { warmup_steps: 5, batch: 8, accum_steps: 1, base_lr: 0.003, eval_every: 10, checkpoint_every: 7 };

function trainArgs(name: string, config: Record<string, string | number>): string[] {
  const all = { dataset: at('squares'), ...DEFAULTS, progress_every: 1, ...config };
  const flags = configFlags(all);
  return ['train', `--workdir=${at(name)}`, `--checkpoint=${at('tiny.npz')}`, '--threads=1', '--json', ...flags];
}

const env = (): NodeJS.ProcessEnv => ({ VITRINE_HOME: at('home') });

async function done(args: string[]): Promise<Record<string, unknown>> {
  const ended = await vitrine(args, { env: env() });
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return jsonLines(ended).at(-1)!;
}

/** Ends command line and worker at a step, wherever its evaluation and saving are by then. */
function killedAt(step: number, args: string[]): Promise<Ended> {
  return startVitrine(args, {
    env: env(),
    onLine: (line, running) => {
      if (line.type === 'metrics' && line['step'] === step) running.signalGroup('SIGKILL');
    },
  }).ended;
}

async function expectSame(files: readonly string[], [a, b]: [string, string]): Promise<void> {
  for (const file of files) {
    const [left, right] = await Promise.all([a, b].map((name) => readFile(join(at(name), file))));
    expect(left!.equals(right!), `${file} of ${a} and ${b}`).toBe(true);
  }
  expect(await metricsOf(at(a))).toEqual(await metricsOf(at(b)));
}

async function json(...path: string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(at(join(...path)), 'utf8')) as Record<string, unknown>;
}

async function timelineOf(name: string): Promise<TimelineEntry[]> {
  const lines = (await readFile(at(join(name, 'timeline.jsonl')), 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as TimelineEntry);
}

describe.skipIf(!hasTensorFlow)('the course of a run (needs TensorFlow)', () => {
  describe('that stops early', () => {
    const config = { total_steps: 2000, 'vitrine.early_stop': 3, 'vitrine.best_by': 'accuracy' };
    const files = ['model.npz', 'model.json', 'best.npz', 'best.json'];
    let end: number;
    let best: { step: number; accuracy: number };

    beforeAll(async () => {
      const result = await done(trainArgs('early', config));
      expect(result).toMatchObject({ state: 'done', stoppedEarly: true, totalSteps: 2000 });
      end = result['step'] as number;
      best = result['best'] as typeof best;
    });

    test('ends after so many evaluations without a better one, and keeps best and last with their numbers', async () => {
      expect(best).toMatchObject({ by: 'accuracy', step: end - 30, model: at('early/best.npz') });
      const metrics = await metricsOf(at('early'));
      for (const step of [end - 20, end - 10, end])
        expect(metrics.get(`accuracy_test ${step}`)).toBeLessThanOrEqual(best.accuracy);
      expect(metrics.get(`accuracy_test ${best.step}`)).toBe(best.accuracy);
      expect((await json('early', 'best.json'))['provenance']).toMatchObject({
        steps: best.step,
        evaluation: { accuracy: best.accuracy, loss: metrics.get(`loss_test ${best.step}`), images: 12 },
      });
      expect((await json('early', 'model.json'))['provenance']).toMatchObject({ steps: end });
      const timeline = await timelineOf('early');
      expect(timeline.filter(({ type }) => type === 'best').at(-1)).toMatchObject({ step: best.step });
      expect(timeline.find(({ type }) => type === 'early_stop')!.text).toMatch(
        /^Stopped early: 3 evaluations in a row/,
      );
      const listed = JSON.parse((await vitrine(['runs', '--json'], { env: env() })).stdout) as { runs: unknown[] };
      expect(listed.runs).toMatchObject([{ state: 'finished', step: end, totalSteps: 2000 }]);
      const again = await vitrine(
        trainArgs('early', config).filter((arg) => arg !== '--json'),
        { env: env() },
      );
      expect(again.stdout).toContain(`Already done: stopped early after step ${end} of 2000.`);
      expect(again.stdout).toMatch(
        new RegExp(`Best by accuracy: step ${best.step}, accuracy \\d\\.\\d{5}, loss [\\d.]+\\. Model: `),
      );
    });

    test('killed around its best evaluation and its end, ends with the same bytes, best.npz included', async () => {
      for (const step of [best.step, end])
        expect((await killedAt(step, trainArgs('cut', config))).signal).toBe('SIGKILL');
      await done(trainArgs('cut', config));
      await expectSame(files, ['cut', 'early']);
    }, 120_000);

    test('goes on where it is to have more patience', async () => {
      const result = await done(trainArgs('cut', { ...config, 'vitrine.early_stop': 5 }));
      expect(result).toMatchObject({ state: 'done', step: end + 20, stepsRun: 20, stoppedEarly: true });
    });

    test('is refused where nothing could be compared', async () => {
      const ended = await vitrine(trainArgs('never', { ...config, eval_every: 0 }), { env: env() });
      expect(ended.code).toBe(2);
      expect(ended.stderr).toContain('config.vitrine.early_stop needs evaluations on the way');
      expect(await listing(at('never'))).toEqual(['(absent)']);
    });
  });

  describe('that is finished', () => {
    const short = { total_steps: 40 };
    const extend = (name: string, steps: number): string[] => [
      'runs',
      'extend',
      at(name),
      `--steps=${steps}`,
      '--json',
    ];

    beforeAll(async () => {
      await done(trainArgs('short', short));
      await done(trainArgs('parent', short));
    });

    test('is extended on the schedule of its new length, also through a kill', async () => {
      expect(await done(extend('short', 80))).toMatchObject({ state: 'done', step: 80, stepsRun: 40 });
      await done(trainArgs('killed', short));
      expect((await killedAt(63, extend('killed', 80))).signal).toBe('SIGKILL');
      await done(['runs', 'resume', at('killed'), '--json']);
      await expectSame(['model.npz', 'model.json'], ['killed', 'short']);
      const metrics = await metricsOf(at('short'));
      for (const [totalSteps, step] of [
        [40, 30],
        [80, 50],
        [80, 70],
      ] as const) {
        const schedule = createLearningRateSchedule({ base: 0.003, decayType: 'cosine', totalSteps, warmupSteps: 5 });
        expect(metrics.get(`lr ${step}`)).toBe(schedule(step));
      }
      expect((await json('short', 'model.json'))['provenance']).toMatchObject({
        steps: 80,
        extended: [{ after: 40, totalSteps: 40 }],
      });
      expect((await timelineOf('short')).filter(({ type }) => type === 'extended')).toMatchObject([{ step: 40 }]);
      expect(await done(trainArgs('short', { total_steps: 80 }))).toMatchObject({ stepsRun: 0, step: 80 });
    }, 120_000);

    test('branches: a branch of the same configuration and more steps computes what extending does', async () => {
      const before = await listing(at('parent'));
      const branch = ['runs', 'branch', at('parent'), '--json'];
      await done([...branch, `--workdir=${at('branch')}`, '--config.total_steps=80', '--from-step=40']);
      const [mine, extended] = await Promise.all(
        ['branch', 'short'].map((name) => readFile(join(at(name), 'model.npz'))),
      );
      expect(mine!.equals(extended!)).toBe(true);
      const other = await done([
        ...branch,
        ...[`--workdir=${at('other')}`, '--config.total_steps=60', '--config.base_lr=0.001'],
      ]);
      expect(other).toMatchObject({ state: 'done', step: 60, stepsRun: 20 });
      expect((await json('other', 'model.json'))['provenance']).toMatchObject({
        branchedFrom: { step: 40, config: (await json('parent', 'run.json'))['configHash'] },
      });
      expect(await json('other', 'run.json')).toMatchObject({ branchedFrom: { workdir: at('parent'), step: 40 } });
      expect((await timelineOf('other')).filter(({ type }) => type === 'branched')).toMatchObject([{ step: 40 }]);
      expect(await listing(at('parent'))).toEqual(before);
    }, 120_000);

    const refusals: [args: () => string[], sentence: RegExp][] = [
      [() => extend('parent', 40), /has 40 steps; 40 are no more/],
      [
        () => ['runs', 'branch', at('parent'), `--workdir=${at('no')}`, '--from-step=33'],
        /has no saved state of step 33: that of step 40/,
      ],
      [
        () => ['runs', 'branch', at('parent'), `--workdir=${at('no')}`],
        /40 updates are made, and config.total_steps is 40/,
      ],
      [
        () => [
          ...['runs', 'branch', at('parent'), `--workdir=${at('no')}`],
          ...['--config.total_steps=80', '--config.vitrine.optim.name=adam'],
        ],
        /doesn't fit the state it begins with: it has no mu\//,
      ],
    ];
    test.each(refusals)('what does not go is refused: %#', async (args, sentence) => {
      const before = await listing(at('parent'));
      const ended = await vitrine(args(), { env: env() });
      expect(ended.code).not.toBe(0);
      expect(ended.stderr).toMatch(sentence);
      expect(await listing(at('parent'))).toEqual(before);
      expect(await readdir(at('no')).catch(() => [])).toEqual([]);
    });
  });
});
