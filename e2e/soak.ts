// `npm run soak -- runs [--kills N] [--seed N] [--lanes N]`, `npm run soak -- steps [--steps N]` and
// `npm run soak -- window [--interactions N] [--seed N]`: what takes too long for every test run.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { resolveEngine } from '../src-main/services/engine/engines.ts';
import { workerEnvironment } from '../src-main/services/engine/environment.ts';
import { randomStream, STREAM } from '../src-shared/random.ts';
import { soakSteps } from './soak-steps.ts';
import { soakWindow } from './soak-window.ts';
import { killRuns, killsOf, newReport, type KillReport } from './kill-runs.ts';
import { EVERYTHING, writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { configFlags, vitrine } from './vitrine.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string' },
    /** Hosts that train and are killed at once, each with a library of its own: more on a machine of many cores. */
    lanes: { type: 'string', default: '1' },
    steps: { type: 'string', default: '10000' },
    interactions: { type: 'string', default: '2000' },
  },
});
const what = positionals.join();
if (what !== 'runs' && what !== 'steps' && what !== 'window') {
  process.stderr.write(
    'Usage: npm run soak -- runs [--kills N] [--seed N] [--lanes N] | steps [--steps N] | window [--interactions N]\n',
  );
  process.exit(2);
}
if (what === 'window') {
  process.stdout.write(await soakWindow(Number(values.interactions), Number(values.seed ?? 1)));
  process.exit();
}
Object.assign(process.env, workerEnvironment(await resolveEngine()));
if (what === 'steps') {
  process.stdout.write(await soakSteps(Number(values.steps)));
  process.exit();
}
const folder = await mkdtemp(join(tmpdir(), 'vitrine-soak-'));
process.env['VITRINE_HOME'] = join(folder, 'home');
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const kills = Number(values.kills);
const begin = performance.now();
const report = newReport();
const minutes = (): string => `${((performance.now() - begin) / 60_000).toFixed(1)} min`;
// Ended by hand, it still tells how far it came.
process.once('SIGINT', () => {
  tell(report, 'ended by hand');
  process.exit(130);
});

const dataset = await writeSquares(join(folder, 'squares'), { train: 12, test: 4 });
const checkpoint = await writeTinyCheckpoint(join(folder, 'tiny.npz'));
const config = {
  dataset,
  total_steps: 300,
  warmup_steps: 20,
  batch: 8,
  accum_steps: 1,
  base_lr: 0.003,
  eval_every: 30,
  checkpoint_every: 20,
  progress_every: 1,
  ...EVERYTHING,
};
const overrides = configFlags(config);
const whole = join(folder, 'whole');
const args = ['train', `--workdir=${whole}`, `--checkpoint=${checkpoint}`, '--threads=1', ...overrides];
const alone = performance.now();
const ended = await vitrine(args);
if (ended.code !== 0) throw new Error(ended.stderr);
const { provenance } = JSON.parse(await readFile(join(whole, 'model.json'), 'utf8')) as {
  provenance: Record<string, unknown>;
};
if (provenance['weights'] !== 'ema') throw new Error('the model is not the running mean, which was to be compared');
const wholeMilliseconds = performance.now() - alone;
process.stdout.write(`seed ${seed}; a run that is left alone takes ${(wholeMilliseconds / 1000).toFixed(1)} s\n`);

await Promise.all(
  Array.from({ length: Number(values.lanes) }, async (_, lane) => {
    const runs = join(folder, `runs-${lane}`);
    await mkdir(runs);
    const plan = {
      home: join(folder, `home-${lane}`),
      folder: runs,
      input: { overrides, checkpoint, threads: 1 },
      whole,
      kills,
      random: randomStream(seed, STREAM.order, lane),
      within: Math.max(2500, Math.min(20_000, wholeMilliseconds * 0.7)),
      log: (line: string) => void process.stdout.write(`${minutes()}  ${line}\n`),
    };
    await killRuns(plan, report).catch((error: unknown) => {
      report.faults.push(error instanceof Error ? error.message : String(error));
    });
  }),
);
tell(report, `of ${kills} wanted`);
if (report.faults.length === 0) await rm(folder, { recursive: true, force: true });
else {
  process.stdout.write(`${report.faults.join('\n')}\nThe runs are kept in ${folder}.\n`);
  process.exitCode = 1;
}

/** What a long run is quoted by. */
function tell(report: KillReport, how: string): void {
  const { kills, runs, finished, faults, reconnected, resumed, untilTrue, starts } = report;
  const worst = (list: number[]): string => (list.length === 0 ? '-' : `${Math.max(...list).toFixed(0)} ms`);
  process.stdout.write(
    `state true after ${worst(untilTrue)} at worst; host answers ${worst(starts)} after its start at worst; ` +
      `${reconnected} went on under a new main, ${resumed} were resumed\n` +
      `${killsOf(report)} kills (${how}; main ${kills.main}, worker ${kills.worker}, ` +
      `both ${kills.both}), ${finished} of ${runs} runs finished, each with the models, the saved state (running mean ` +
      `included) and the metrics of the run that was left alone; ${faults.length} faults; seed ${seed}; ${minutes()}\n`,
  );
}
