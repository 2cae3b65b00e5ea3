// Runs that are killed, interrupted, repeated and mistaken for others, as processes of their own.
import { existsSync } from 'node:fs';
import { appendFile, cp, link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomStream, STREAM, type RandomSource } from '../src-shared/random.ts';
import { listing, makeFolder, writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { configFlags, isRunning, jsonLines, startVitrine, type Ended, type JsonLine, type Running } from './vitrine.ts';

/** Where and when this run of the tests kills: another every time, and repeatable by the number it prints. */
const SEED = Number(process.env.VITRINE_TEST_SEED ?? Date.now() % 1_000_000);
const TOTAL_STEPS = 800;
/** Every way in which a run draws random numbers, but dropout. */
const EVERYTHING_RANDOM = {
  'vitrine.aug.rand_layers': 2,
  'vitrine.aug.rand_magnitude': 10,
  'vitrine.aug.color_jitter': 0.3,
  'vitrine.aug.erasing': 0.25,
  'vitrine.aug.mixup': 0.8,
  'vitrine.aug.cutmix': 1,
  'vitrine.label_smoothing': 0.1,
  'vitrine.stochastic_depth': 0.1,
};
const hasTensorFlow = process.env.VITRINE_ENGINE_DIR !== undefined;

let folder: Awaited<ReturnType<typeof makeFolder>>;
let data: string;
let checkpoint: string;

beforeAll(async () => {
  folder = await makeFolder();
  data = await writeSquares(join(folder.path, 'squares'), { train: 12, test: 4 });
  checkpoint = await writeTinyCheckpoint(join(folder.path, 'tiny.npz'));
});

afterAll(() => folder.remove());

const workdir = (name: string): string => join(folder.path, name);

interface RunOptions {
  overrides?: Record<string, string | number>;
  json?: boolean;
  from?: string;
  onLine?: (line: JsonLine, running: Running) => void;
}

function trainArgs(name: string, { overrides = {}, json = true, from }: RunOptions = {}): string[] {
  const config = {
    dataset: data,
    total_steps: TOTAL_STEPS,
    warmup_steps: 20,
    batch: 8,
    accum_steps: 1,
    base_lr: 0.003,
    eval_every: 50,
    checkpoint_every: 10,
    progress_every: 1,
    ...overrides,
  };
  const flags = configFlags(config);
  const named = [`--workdir=${workdir(name)}`, `--checkpoint=${from ?? checkpoint}`, '--threads=1'];
  return ['train', ...named, ...flags, ...(json ? ['--json'] : [])];
}

const start = (name: string, options: RunOptions = {}): Running =>
  startVitrine(trainArgs(name, options), options.onLine ? { onLine: options.onLine } : {});
const train = (name: string, options: RunOptions = {}): Promise<Ended> => start(name, options).ended;

function succeeded(ended: Ended): Ended {
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return ended;
}

/** Every step's metrics without what depends on the clock; a step that stands twice fails. */
async function metricsOf(name: string): Promise<Map<string, number>> {
  const values = new Map<string, number>();
  for (const line of (await readFile(join(workdir(name), 'metrics.jsonl'), 'utf8')).trim().split('\n')) {
    const { step, ...metrics } = JSON.parse(line) as Record<string, number>;
    for (const [metric, value] of Object.entries(metrics)) {
      if (metric.startsWith('img_sec')) continue;
      expect(values.has(`${metric} ${step}`), `${metric} of step ${step} stands twice`).toBe(false);
      values.set(`${metric} ${step}`, value);
    }
  }
  return values;
}

/** Both runs left the same model, to the bit, and told the same numbers on the way. */
async function expectSameRun(a: string, b: string): Promise<void> {
  for (const file of ['model.npz', 'model.json']) {
    const [left, right] = await Promise.all([a, b].map((name) => readFile(join(workdir(name), file))));
    expect(left!.equals(right!), `${file} of ${a} and ${b}`).toBe(true);
  }
  expect(await metricsOf(a)).toEqual(await metricsOf(b));
}

/** When a kill comes: at a moment of the run, and some milliseconds later. */
interface Kill {
  at: 'start' | 'loading' | 'compiling' | 'saving' | 'evaluating' | 'metrics';
  /** How many of these this process lets pass. */
  after: number;
  milliseconds: number;
}

function drawKills(random: RandomSource): Kill[] {
  const fixed: Kill['at'][] = ['start', 'loading', 'compiling', 'compiling', 'saving', 'saving', 'evaluating'];
  const kinds: Kill['at'][] = [...fixed, 'metrics', 'metrics', 'metrics'];
  for (let i = kinds.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [kinds[i], kinds[j]] = [kinds[j]!, kinds[i]!];
  }
  const spread: Record<Kill['at'], [after: number, milliseconds: number]> = {
    start: [1, 800],
    loading: [1, 1500],
    compiling: [1, 2500],
    saving: [4, 15],
    evaluating: [1, 15],
    metrics: [40, 30],
  };
  return kinds.map((at) => ({ at, after: random.below(spread[at][0]), milliseconds: random.below(spread[at][1]) }));
}

async function killedRun(name: string, kill: Kill, overrides: RunOptions['overrides']): Promise<Ended> {
  let passed = 0;
  const running = start(name, {
    ...(overrides ? { overrides } : {}),
    onLine: ({ type, phase }, { signalGroup }) => {
      if (type !== kill.at && (type !== 'phase' || phase !== kill.at)) return;
      if (passed++ === kill.after) setTimeout(() => signalGroup('SIGKILL'), kill.milliseconds);
    },
  });
  if (kill.at === 'start') setTimeout(() => running.signalGroup('SIGKILL'), kill.milliseconds);
  return running.ended;
}

const stepsDone = async (name: string): Promise<number> => {
  const text = await readFile(join(workdir(name), 'checkpoints/latest.json'), 'utf8').catch(() => '{"step":0}');
  return (JSON.parse(text) as { step: number }).step;
};

describe.skipIf(!hasTensorFlow)('a run on TensorFlow', () => {
  beforeAll(async () => {
    succeeded(await train('whole'));
  }, 300_000);

  test('killed ten times at random moments, ends with the bytes of the run that was left alone', async () => {
    const kills = drawKills(randomStream(SEED, STREAM.order, 0));
    const told: string[] = [];
    for (const kill of kills) {
      const ended = await killedRun('killed', kill, undefined);
      told.push(`${kill.at} ${kill.after} + ${kill.milliseconds} ms: step ${await stepsDone('killed')}`);
      expect(ended.signal, `${told.join('\n')}\n${ended.stderr}`).toBe('SIGKILL');
    }
    console.log(`VITRINE_TEST_SEED=${SEED}; killed, and what was saved by then:\n  ${told.join('\n  ')}`);
    const last = succeeded(await train('killed'));
    expect(jsonLines(last).at(-1)).toMatchObject({ type: 'result', state: 'done', step: TOTAL_STEPS });
    await expectSameRun('killed', 'whole');
    expect(await readdir(join(workdir('killed'), 'checkpoints'))).toEqual(['latest.json', 'step-00000800.npz']);
    const left = (await readdir(workdir('killed'))).filter((file) => !file.startsWith('events.out.tfevents.'));
    expect(left).toEqual([
      'checkpoints',
      'end.json',
      'metrics.jsonl',
      'model.json',
      'model.npz',
      'request.json',
      'run.json',
      'timeline.jsonl',
    ]);
  }, 600_000);

  test.each([
    ['dropout', {}],
    ['adamw', { 'vitrine.optim.name': 'adamw', 'vitrine.optim.weight_decay': 0.05, 'vitrine.optim.decay': 'kernels' }],
    ['everything-random', EVERYTHING_RANDOM],
  ])(
    'with dropout and accumulated gradients, resumes to the bit: %s',
    async (name, optim) => {
      const overrides = { accum_steps: 2, 'model.transformer.dropout_rate': 0.1, total_steps: 120, seed: 5, ...optim };
      succeeded(await train(name, { overrides }));
      const random = randomStream(SEED, STREAM.order, 1);
      const kill: Kill = { at: 'metrics', after: 15 + random.below(30), milliseconds: random.below(20) };
      const ended = await killedRun(`${name}-killed`, kill, overrides);
      expect(ended.signal, ended.stderr).toBe('SIGKILL');
      expect(await stepsDone(`${name}-killed`)).toBeGreaterThan(0);
      const last = succeeded(await train(`${name}-killed`, { overrides }));
      expect(jsonLines(last).at(-1)!['stepsRun']).toBeLessThan(120);
      await expectSameRun(`${name}-killed`, name);
    },
    300_000,
  );

  test.each(['group', 'command line'] as const)(
    'Ctrl-C (to the %s) saves, says so, and is resumed',
    async (to) => {
      const name = `interrupted-${to.slice(0, 5)}`;
      let passed = 0;
      const overrides = { checkpoint_every: 0 };
      const ended = await start(name, {
        overrides,
        onLine: ({ type }, { signalGroup, child }) => {
          if (type !== 'metrics' || ++passed !== 23) return;
          if (to === 'group') signalGroup('SIGINT');
          else child.kill('SIGINT');
        },
      }).ended;
      expect(ended, ended.stderr).toMatchObject({ code: 130, signal: null });
      const result = jsonLines(ended).at(-1)!;
      expect(result).toMatchObject({ type: 'result', state: 'interrupted', model: null });
      expect(result['step']).toBeGreaterThanOrEqual(23);
      expect(result['step']).toBe(await stepsDone(name));
      expect(await readdir(workdir(name))).not.toContain('lock.json');
      const again = succeeded(await train(name, { overrides, json: false }));
      expect(again.stderr).toContain(`Resuming after step ${String(result['step'])}.`);
      await expectSameRun(name, 'whole');
    },
    180_000,
  );

  test('Ctrl-C tells a person how to resume', async () => {
    const running = start('told', { json: false, overrides: { total_steps: 100_000 } });
    await until(() => existsSync(join(workdir('told'), 'metrics.jsonl')), running);
    running.signalGroup('SIGINT');
    const ended = await running.ended;
    expect(ended.code).toBe(130);
    expect(ended.stderr).toContain('Stopping after this step, then saving.');
    expect(ended.stderr).toMatch(/Stopped after step \d+ of 100000; saved. The same command resumes there\.\n$/);
  }, 120_000);

  test('a second Ctrl-C while it compiles ends everything at once', async () => {
    const running = start('impatient', { json: false });
    await until(() => running.stderr().includes('Compiling'), running);
    const lock = JSON.parse(await readFile(join(workdir('impatient'), 'lock.json'), 'utf8')) as { pid: number };
    running.signalGroup('SIGINT');
    await sleep(600);
    const second = performance.now();
    running.signalGroup('SIGINT');
    const ended = await running.ended;
    // A quick machine may be through with compiling and have stopped in order within these 600 ms.
    expect(ended.code).toBe(130);
    expect(performance.now() - second).toBeLessThan(2000);
    await until(() => !isRunning(lock.pid), running);
    succeeded(await train('impatient'));
    await expectSameRun('impatient', 'whole');
  }, 120_000);

  test('Ctrl-C while the folder is read: one sentence, exit 130, no workdir', async () => {
    const many = join(folder.path, 'many');
    await writeSquares(many, { train: 1, test: 1 });
    const large = join(many, 'train/red/large.png'); // each name of it is checked anew: seconds of work
    await sharp({ create: { width: 3000, height: 3000, channels: 3, background: '#d23228' } }).toFile(large);
    for (let i = 0; i < 300; i++) await link(large, join(many, `train/red/large-${i}.png`));
    const running = startVitrine(trainArgs('early', { overrides: { dataset: many }, json: false }), {
      env: { VITRINE_HOME: join(folder.path, 'home') }, // nothing of these images is known yet
    });
    await until(() => running.stderr().includes('Checking images'), running);
    running.signalGroup('SIGINT');
    const ended = await running.ended;
    expect(ended.code).toBe(130);
    expect(ended.stderr).toMatch(/\nvitrine: Reading the data set was interrupted\.\n$/);
    expect(await listing(workdir('early'))).toEqual(['(absent)']);
  }, 60_000);

  test('without its command line, the worker saves and ends', async () => {
    let passed = 0;
    let worker = 0;
    const overrides = { checkpoint_every: 0, total_steps: TOTAL_STEPS };
    const running = start('orphan', {
      overrides,
      onLine: ({ type }, { child }) => {
        if (type !== 'metrics' || ++passed !== 12) return;
        void readFile(join(workdir('orphan'), 'lock.json'), 'utf8').then((text) => {
          worker = (JSON.parse(text) as { pid: number }).pid;
          child.kill('SIGKILL');
        });
      },
    });
    expect((await running.ended).signal).toBe('SIGKILL');
    await until(async () => !(await readdir(workdir('orphan'))).includes('lock.json'), running);
    expect(worker).toBeGreaterThan(0);
    await until(() => !isRunning(worker), running);
    expect(await stepsDone('orphan')).toBeGreaterThanOrEqual(12);
    succeeded(await train('orphan', { overrides }));
    await expectSameRun('orphan', 'whole');
  }, 120_000);

  test('a finished run repeated says so and changes nothing', async () => {
    const before = await listing(workdir('whole'));
    const again = succeeded(await train('whole', { json: false }));
    expect(again.stdout).toBe(`Already done: 800 steps. ${join(workdir('whole'), 'model.npz')}\n`);
    expect(again.stderr).not.toContain('Compiling');
    expect(await listing(workdir('whole'))).toEqual(before);
  });

  test('a run that lost only its model writes it again', async () => {
    const model = join(workdir('whole'), 'model.npz');
    const bytes = await readFile(model);
    await rm(model);
    succeeded(await train('whole'));
    expect((await readFile(model)).equals(bytes)).toBe(true);
  }, 60_000);

  describe('a workdir of another run', () => {
    const refusals: [what: string, options: () => Promise<RunOptions>, sentence: RegExp][] = [
      [
        'learning rate',
        async () => ({ overrides: { base_lr: 0.01 } }),
        /belongs to another run: its configuration has base_lr=0\.003 \(not 0\.01\)/,
      ],
      [
        'length',
        async () => ({ overrides: { total_steps: 1600 } }),
        /total_steps=800 \(not 1600\)\.\n {2}The learning rate follows total_steps, so a run keeps its length/,
      ],
      [
        'checkpoint',
        async () => ({ from: await writeTinyCheckpoint(workdir('other.npz'), { depth: 2 }) }),
        /it started from another checkpoint/,
      ],
      [
        'images',
        async () => {
          await appendFile(join(data, 'train/red/000.png'), ' '); // still decodes
          return {};
        },
        /its images or their labels have changed since/,
      ],
    ];
    test.each(refusals)('other %s: refused, nothing changed', async (what, options, sentence) => {
      const original = await readFile(join(data, 'train/red/000.png'));
      const before = await listing(workdir('whole'));
      try {
        const ended = await train('whole', { ...(await options()), json: false });
        expect(ended.code, what).toBe(1);
        expect(ended.stderr).toMatch(sentence);
        expect(await listing(workdir('whole'))).toEqual(before);
      } finally {
        await writeFile(join(data, 'train/red/000.png'), original);
      }
    });
  });

  test('what may change between two starts: intervals, batch_eval', async () => {
    const again = succeeded(await train('whole', { overrides: { eval_every: 0, checkpoint_every: 7, batch_eval: 3 } }));
    expect(jsonLines(again).at(-1)).toMatchObject({ state: 'done', stepsRun: 0 });
  });

  test('a workdir in use is refused with the process that has it; a lock whose owner is gone is taken over', async () => {
    await cp(workdir('whole'), workdir('locked'), { recursive: true });
    const lock = join(workdir('locked'), 'lock.json');
    await writeFile(lock, JSON.stringify({ pid: process.pid, host: hostname(), started: '' }));
    const before = await listing(workdir('locked'));
    const refused = await train('locked', { json: false });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`is in use by another training (process ${process.pid} on ${hostname()})`);
    expect(await listing(workdir('locked'))).toEqual(before);
    // This process's number, but not its start: the number was given again.
    await writeFile(lock, JSON.stringify({ pid: process.pid, host: hostname(), started: '1' }));
    succeeded(await train('locked'));
    expect(await readdir(workdir('locked'))).not.toContain('lock.json');
    await writeFile(lock, ''); // the machine lost power while it was written
    succeeded(await train('locked'));
  });

  test('two that begin at the same moment: one trains, the other is refused', async () => {
    const overrides = { total_steps: 30, warmup_steps: 2 };
    const both = await Promise.all([train('race', { overrides }), train('race', { overrides })]);
    const codes = both.map(({ code }) => code);
    // A slow one may come when the first has finished; it then says so.
    expect(codes).toContain(0);
    for (const { code, stderr } of both) if (code !== 0) expect(stderr).toMatch(/in use by another training/);
    expect(jsonLines(both.find(({ code }) => code === 0)!).at(-1)).toMatchObject({ state: 'done' });
  }, 60_000);

  describe('a damaged training state', () => {
    let broken: string;
    beforeAll(async () => {
      const { code } = await start('broken', {
        overrides: { checkpoint_every: 0 },
        onLine: ({ type }, { signalGroup }) => type === 'metrics' && signalGroup('SIGINT'),
      }).ended;
      expect(code).toBe(130);
      const folder = join(workdir('broken'), 'checkpoints');
      broken = join(
        folder,
        (await readdir(folder)).find((name) => name.endsWith('.npz'))!,
      );
    }, 60_000);

    test.each([
      ['a flipped bit', (bytes: Buffer) => void (bytes[bytes.length >> 1]! ^= 0x10)],
      ['a missing end', (bytes: Buffer) => bytes.subarray(0, bytes.length - 100)],
    ])('%s is found, and told with what to do', async (_, damage) => {
      const sound = await readFile(broken);
      const bytes = Buffer.from(sound);
      await writeFile(broken, damage(bytes) ?? bytes);
      const before = await listing(workdir('broken'));
      const ended = await train('broken', { json: false, overrides: { checkpoint_every: 0 } });
      expect(ended.code).toBe(1);
      expect(ended.stderr).toMatch(/vitrine: The training state .*step-\d+\.npz is damaged or missing/);
      expect(ended.stderr).toContain('to begin the run again from its first step');
      expect(await listing(workdir('broken'))).toEqual(before);
      await writeFile(broken, sound);
    });

    test('a pointer that is no JSON', async () => {
      const latest = join(workdir('broken'), 'checkpoints/latest.json');
      const sound = await readFile(latest);
      await writeFile(latest, '{"format": "vitri');
      const ended = await train('broken', { json: false, overrides: { checkpoint_every: 0 } });
      expect(ended.code).toBe(1);
      expect(ended.stderr).toMatch(/latest\.json is damaged or missing/);
      await writeFile(latest, sound);
    });
  });
});

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(condition: () => boolean | Promise<boolean>, running: Running): Promise<void> {
  for (let i = 0; i < 1200; i++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error(`waited a minute in vain:\n${running.stderr()}`);
}
