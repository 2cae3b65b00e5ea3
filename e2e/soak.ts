// `npm run soak -- runs [--kills N] [--seed N]` and `npm run soak -- steps [--steps N]`: what takes too long for every
// test run.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { resolveEngine } from '../src-main/services/engine/engines.ts';
import { workerEnvironment } from '../src-main/services/engine/environment.ts';
import { randomStream, STREAM } from '../src-shared/random.ts';
import { soakSteps } from './soak-steps.ts';
import { killRuns } from './kill-runs.ts';
import { EVERYTHING, writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { vitrine } from './vitrine.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string' },
    steps: { type: 'string', default: '10000' },
  },
});
const what = positionals.join();
if (what !== 'runs' && what !== 'steps') {
  process.stderr.write('Usage: npm run soak -- runs [--kills N] [--seed N] | steps [--steps N]\n');
  process.exit(2);
}
Object.assign(process.env, workerEnvironment(await resolveEngine()));
if (what === 'steps') {
  process.stdout.write(await soakSteps(Number(values.steps)));
  process.exit();
}
const folder = await mkdtemp(join(tmpdir(), 'vitrine-soak-'));
process.env['VITRINE_HOME'] = join(folder, 'home');
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const begin = performance.now();
try {
  const dataset = await writeSquares(join(folder, 'squares'), { train: 12, test: 4 });
  const checkpoint = await writeTinyCheckpoint(join(folder, 'tiny.npz'));
  const config = {
    dataset,
    total_steps: 1000,
    warmup_steps: 20,
    batch: 8,
    accum_steps: 1,
    base_lr: 0.003,
    eval_every: 50,
    checkpoint_every: 50,
    progress_every: 1,
    ...EVERYTHING,
  };
  const overrides = Object.entries(config).map(([field, value]) => `--config.${field}=${value}`);
  const whole = join(folder, 'whole');
  const ended = await vitrine([
    'train',
    `--workdir=${whole}`,
    `--checkpoint=${checkpoint}`,
    '--threads=1',
    ...overrides,
  ]);
  if (ended.code !== 0) throw new Error(ended.stderr);
  await mkdir(join(folder, 'runs'));
  const wholeSeconds = (performance.now() - begin) / 1000;
  const report = await killRuns({
    home: join(folder, 'home'),
    folder: join(folder, 'runs'),
    input: { overrides, checkpoint, threads: 1 },
    whole,
    kills: Number(values.kills),
    random: randomStream(seed, STREAM.order, 0),
    within: Math.max(2500, Math.min(20_000, wholeSeconds * 700)),
    log: (line) => void process.stdout.write(`${line}\n`),
  });
  const worst = (list: number[]): string => (list.length === 0 ? '-' : `${Math.max(...list).toFixed(0)} ms`);
  process.stdout.write(
    `seed ${seed}: ${Object.values(report.kills).reduce((a, b) => a + b)} kills (${JSON.stringify(report.kills)}) over ` +
      `${report.runs} runs; ${report.reconnected} went on under a new main, ${report.resumed} were resumed; ` +
      `every model and every metric as in the run that was left alone.\n` +
      `state true after ${worst(report.untilTrue)} at worst; host answers ${worst(report.starts)} after its start at worst; ` +
      `${((performance.now() - begin) / 60_000).toFixed(1)} min\n`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
