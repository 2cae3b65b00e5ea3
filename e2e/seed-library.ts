// A library as it is after some days of work: what the views are looked at with.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '../src-main/app/in-process.ts';
import type { RunState, RunSummary } from '../src-shared/contract/runs.ts';
import { configFlags } from './vitrine.ts';

/** The digits' recipe, shortened; every step is told. */
export const SHORT_DIGITS: Readonly<Record<string, string | number | boolean>> = {
  total_steps: 40,
  warmup_steps: 4,
  batch: 32,
  accum_steps: 1,
  base_lr: 0.03,
  eval_every: 20,
  checkpoint_every: 20,
  progress_every: 1,
  'pp.crop': 32,
  'vitrine.crop_area_min': 0.6,
  'vitrine.flip': false,
};

export interface SeededLibrary {
  checkpoint: { id: string; path: string };
  dataset: string;
  runs: { finished: string; other: string; running: string; failed: string };
  evaluation: string;
  /** A name of the catalog. */
  catalogName: string;
}

/** Trains twice, leaves one run going and one that was killed, and evaluates; about a minute. */
export async function seedLibrary(client: Client, home: string): Promise<SeededLibrary> {
  const added = await client.samples.add();
  const { checkpoint, dataset } = await client.samples.list();
  const start = (name: string, more: typeof SHORT_DIGITS = {}): Promise<RunSummary> =>
    client.runs.start({
      name,
      checkpoint: checkpoint.path,
      threads: 1,
      overrides: configFlags({ ...SHORT_DIGITS, dataset: dataset.path, ...more }),
    });

  const finished = await start('digits');
  const other = await start('digits, slower', { base_lr: 0.01 });
  for (const { id } of [finished, other]) await reaches(client, id, 'finished');
  const model = (await client.runs.get({ id: finished.id })).model!;

  const failed = await start('killed half-way', { total_steps: 100_000 });
  await until(async () => ((await client.runs.get({ id: failed.id })).savedStep ?? 0) >= 20);
  process.kill((await client.runs.get({ id: failed.id })).pid!, 'SIGKILL');
  await reaches(client, failed.id, 'failed');

  const evaluation = await client.evaluations.start({ checkpoint: model, dataset: added.dataset });
  await until(async () => (await client.evaluations.get({ id: evaluation.id })).state === 'finished');

  const running = await start('digits, longer', { total_steps: 20_000, eval_every: 200 });
  await until(async () => (await client.runs.get({ id: running.id })).step > 40);

  await badDataset(client, home);
  const { rows } = await client.catalog.search({ text: 'B/16 medium1', limit: 1 });
  return {
    checkpoint: { id: String(added.checkpoint), path: checkpoint.path },
    dataset: added.dataset,
    runs: { finished: finished.id, other: other.id, running: running.id, failed: failed.id },
    evaluation: evaluation.id,
    catalogName: rows[0]!.name,
  };
}

/** A folder that is none of images: it stands in the list with its reason. */
async function badDataset(client: Client, home: string): Promise<void> {
  const folder = join(home, 'no-images');
  await mkdir(folder);
  await writeFile(join(folder, 'notes.txt'), 'nothing to see\n');
  const { id } = await client.datasets.add({ path: folder });
  await until(async () => (await client.datasets.get({ id })).state === 'failed');
}

export async function reaches(client: Client, id: string, state: RunState): Promise<void> {
  await until(async () => {
    const run = await client.runs.get({ id });
    if (run.state === 'failed' && state !== 'failed') throw new Error(run.error?.message ?? 'the run failed');
    return run.state === state;
  });
}

export async function until(holds: () => Promise<boolean>, milliseconds = 120_000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`Not so after ${milliseconds / 1000} s: ${String(holds)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
