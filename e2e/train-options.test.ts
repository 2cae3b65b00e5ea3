// What a training may have beyond vit_jax's own, through whole processes: the running mean and its evaluation, SAM, GSAM,
// layer-wise decay, the mask of weight decay, blocks that stay. Each against what follows from its definition.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLearningRateSchedule } from '../src-shared/config/learning-rate.ts';
import type { Params } from '../src-shared/models/params.ts';
import { layerOf } from '../src-shared/models/trained-params.ts';
import { readCheckpoint } from '../src-worker/checkpoints/read-checkpoint.ts';
import { EMA } from '../src-worker/train/ema.ts';
import { loadState } from '../src-worker/train/run-files.ts';
import { PARAMS } from '../src-worker/train/train-program.ts';
import { metricsOf, resultsOf } from './kill-runs.ts';
import { makeFolder, writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { configFlags, jsonLines, startVitrine, vitrine, type StartOptions } from './vitrine.ts';

const BASE_LR = 0.03;
const DEPTH = 3;
let folder: Awaited<ReturnType<typeof makeFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await makeFolder();
  await writeSquares(at('squares'), { train: 12, test: 4 });
  await writeTinyCheckpoint(at('tiny.npz'));
  await writeTinyCheckpoint(at('deep.npz'), { depth: DEPTH });
  await mkdir(at('home'));
});
afterAll(() => folder.remove());

/** Without warmup the first update has the highest learning rate. */
const DEFAULTS = {
  ...{ warmup_steps: 0, batch: 8, accum_steps: 1, base_lr: BASE_LR },
  ...{ eval_every: 6, checkpoint_every: 0, progress_every: 1 },
};
type Config = Record<string, string | number>;

function trainArgs(name: string, config: Config, checkpoint = 'tiny.npz'): string[] {
  const all = { dataset: at('squares'), ...DEFAULTS, ...config };
  const flags = configFlags(all);
  return ['train', `--workdir=${at(name)}`, `--checkpoint=${at(checkpoint)}`, '--threads=1', '--json', ...flags];
}

const run = (args: string[], onLine?: StartOptions['onLine']) =>
  startVitrine(args, { env: { VITRINE_HOME: at('home') }, ...(onLine ? { onLine } : {}) }).ended;

async function done(args: string[]): Promise<void> {
  const ended = await run(args);
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(jsonLines(ended).at(-1)).toMatchObject({ type: 'result', state: 'done' });
}

/** Parameters of a checkpoint, by linen's names. */
const paramsOf = async (file: string): Promise<Params> => (await readCheckpoint(at(file))).params;

const bytes = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('options of a training (needs TensorFlow)', () => {
  const MEAN = { total_steps: 12, 'vitrine.ema': 0.9, 'vitrine.best_by': 'loss' };
  beforeAll(() => done(trainArgs('mean', MEAN)), 180_000);

  test('the model is the running mean; what was evaluated as its loss is its loss', async () => {
    const { step, state } = (await loadState(at('mean')))!;
    expect(step).toBe(12);
    expect(state.get('ema_count')!.data[0]).toBe(12);
    for (const [name, { data }] of await paramsOf('mean/model.npz')) {
      expect(bytes(data).equals(bytes(state.get(EMA + name)!.data)), name).toBe(true);
      expect(bytes(data).equals(bytes(state.get(PARAMS + name)!.data)), name).toBe(false);
    }
    const metrics = await metricsOf(at('mean'));
    const [live, mean] = [metrics.get('loss_test 12')!, metrics.get('loss_test_ema 12')!];
    const args = ['evaluate', at('mean/model.npz'), at('squares'), '--report', at('report'), '--threads=1', '--json'];
    const ended = await vitrine(args, { env: { VITRINE_HOME: at('home') } });
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    const { loss } = JSON.parse(await readFile(at('report/report.json'), 'utf8')) as { loss: { value: number } };
    expect(loss.value).toBeCloseTo(mean, 6);
    expect(Math.abs(live - mean)).toBeGreaterThan(1e-4);
    const best = [6, 12].sort((a, b) => metrics.get(`loss_test_ema ${a}`)! - metrics.get(`loss_test_ema ${b}`)!)[0]!;
    const { provenance } = JSON.parse(await readFile(at('mean/best.json'), 'utf8')) as Record<string, unknown>;
    expect(provenance).toMatchObject({
      weights: 'ema',
      steps: best,
      evaluation: { loss: metrics.get(`loss_test_ema ${best}`), accuracy: metrics.get(`accuracy_test_ema ${best}`) },
    });
  }, 180_000);

  test('one update more moves the running mean by its formula', async () => {
    const before = (await loadState(at('mean')))!.state;
    await done(['runs', 'extend', at('mean'), '--steps=13', '--json']);
    const { step, state } = (await loadState(at('mean')))!;
    expect([step, state.get('ema_count')!.data[0]]).toEqual([13, 13]);
    const decay = Math.min(MEAN['vitrine.ema'], 12 / (9 + 12));
    let moved = 0;
    for (const [name, { data }] of await paramsOf('mean/model.npz')) {
      const [old, now] = [before.get(EMA + name)!.data, state.get(PARAMS + name)!.data];
      data.forEach((value, i) => expect(value, name).toBeCloseTo(decay * old[i]! + (1 - decay) * now[i]!, 6));
      data.forEach((value, i) => (moved = Math.max(moved, Math.abs(value - old[i]!))));
    }
    expect(moved).toBeGreaterThan(1e-4);
  }, 180_000);

  /** A way to the worse point that is as long as this changes gradients much. */
  const SAM = { 'vitrine.optim.sharpness': 'sam', 'vitrine.optim.rho': 1 };

  test('SAM with a running mean, paused and resumed, ends with the same bytes', async () => {
    const config = { ...SAM, total_steps: 300, eval_every: 100, 'vitrine.ema': 0.99, 'vitrine.best_by': 'accuracy' };
    await done(trainArgs('sam', config));
    const paused = await run(trainArgs('paused', config), ({ type, step }, running) => {
      if (type === 'metrics' && step === 3) running.signalGroup('SIGINT');
    });
    expect(paused, paused.stderr).toMatchObject({ code: 130 });
    expect(jsonLines(paused).at(-1)).toMatchObject({ type: 'result', state: 'interrupted' });
    await done(trainArgs('paused', config));
    const files = resultsOf(at('sam'));
    expect(files).toContain('best.npz');
    for (const file of files) {
      const [left, right] = await Promise.all(['paused', 'sam'].map((name) => readFile(join(at(name), file))));
      expect(left!.equals(right!), file).toBe(true);
    }
    expect(await metricsOf(at('paused'))).toEqual(await metricsOf(at('sam')));
  }, 240_000);

  test("GSAM's first gradient is SAM's and a part of the plain one's that is orthogonal to it", async () => {
    const alpha = 2;
    const config = { ...SAM, total_steps: 2, 'vitrine.optim.sharpness': 'gsam', 'vitrine.optim.alpha': alpha };
    await done(trainArgs('gsam', config));
    const [plain, sam, gsam] = await Promise.all(['mean', 'sam', 'gsam'].map((name) => metricsOf(at(name))));
    // The same images and parameters: the loss is that of where the run is, not of the worse point.
    for (const other of [sam!, gsam!]) expect(other.get('train_loss 1')).toBeCloseTo(plain!.get('train_loss 1')!, 5);
    const [g, s, q] = [plain!, sam!, gsam!].map((metrics) => metrics.get('grad_norm 1')!) as [number, number, number];
    expect(Math.abs(s / g - 1)).toBeGreaterThan(0.01);
    // ‖g' − α g⊥‖² = ‖g'‖² + α² ‖g⊥‖², and g⊥ is no longer than g.
    expect(q / s).toBeGreaterThan(1.001);
    expect(q).toBeLessThan(Math.hypot(s, alpha * g) * 1.0001);
  }, 180_000);

  test('the last blocks alone learn, each at its share of the rate, and kernels alone decay', async () => {
    const [decay, weightDecay] = [0.5, 10];
    const config = {
      ...{ total_steps: 2, 'vitrine.train': 'blocks', 'vitrine.train_blocks': 2 },
      // Without memory Adam's update is the gradient's sign: a parameter moves by just its learning rate.
      ...{ 'vitrine.optim.name': 'adamw', 'vitrine.optim.b1': 0, 'vitrine.optim.b2': 0, 'vitrine.optim.eps': 1e-15 },
      ...{ 'vitrine.optim.weight_decay': weightDecay, 'vitrine.optim.decay': 'kernels' },
      'vitrine.optim.layer_decay': decay,
    };
    await done(trainArgs('layers', config, 'deep.npz'));
    const rate = createLearningRateSchedule({ base: BASE_LR, decayType: 'cosine', totalSteps: 2, warmupSteps: 0 });
    const [source, learnt] = [await paramsOf('deep.npz'), await paramsOf('layers/model.npz')];
    const layers = new Set<number>();
    for (const [name, { data }] of learnt) {
      const layer = layerOf(name, { depth: DEPTH });
      if (layer <= 1) {
        expect(bytes(data).equals(bytes(source.get(name)!.data)), name).toBe(true);
        continue;
      }
      layers.add(layer);
      const share = decay ** (DEPTH + 1 - layer);
      const [first, second] = [rate(0) * share, rate(1) * share];
      const shrinks = name.endsWith('/kernel') ? weightDecay : 0;
      // The head begins at 0, so the first update moves it alone; everything else only decays.
      const head = name.startsWith('head/');
      const kept = (1 - first * shrinks) * (1 - second * shrinks);
      const start = head ? new Float32Array(data.length) : source.get(name)!.data;
      const most = Math.max(...data.map((value, i) => Math.abs(value - start[i]! * kept)));
      expect(most, name).toBeLessThan((head ? first + second : second) * 1.001 + 1e-6);
      expect(most, name).toBeGreaterThan((head ? first - second : second) * 0.99);
    }
    expect([...layers].sort()).toEqual([2, 3, 4]);
  }, 180_000);
});
