// What was changed by hand counts where it must: in a run, in an evaluation, and when a run goes on.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EvaluationReport } from '../../src-shared/contract/report.ts';
import { inProcess, type Client } from './in-process.ts';
import { openLibrary } from './library.ts';
import type { Library } from './library.ts';
import { SAMPLES } from '../services/samples/service.ts';

const hasTensorFlow = process.env.VITRINE_ENGINE_DIR !== undefined;
const checkpoint = SAMPLES.checkpoint.path;

let home: string;
let library: Library;
let client: Client;
const bugs: unknown[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-dataset-edits-'));
  library = await openLibrary({ host: 'serve', home, onBug: (error) => bugs.push(error) });
  client = inProcess(library);
});
afterAll(async () => {
  await library.close();
  rmSync(home, { recursive: true, force: true });
  expect(bugs).toEqual([]);
});

async function evaluated(dataset: string): Promise<EvaluationReport> {
  const { id } = await client.evaluations.start({ checkpoint, dataset, split: 'test' });
  for (;;) {
    const { state, error } = await client.evaluations.get({ id });
    if (state === 'finished') break;
    expect([state, error]).toEqual([expect.stringMatching(/queued|running/), null]);
    await setTimeout(50);
  }
  return JSON.parse(readFileSync(library.evaluations.reportPath(id, 'json'), 'utf8')) as EvaluationReport;
}

test.skipIf(!hasTensorFlow)(
  'a run and an evaluation are of what is left; a run begun before is not gone on with',
  async () => {
    const { dataset: id } = await client.samples.add();
    while ((await client.datasets.get({ id })).state !== 'ready') await setTimeout(20);
    const { root, manifestHash } = await client.datasets.get({ id });
    const run = await client.runs.start({
      ...{ name: 'before', workdir: join(home, 'before'), checkpoint, threads: 1 },
      overrides: [
        'total_steps=6',
        'warmup_steps=1',
        'batch=8',
        'eval_every=0',
        'checkpoint_every=2',
        'progress_every=1',
      ]
        .concat(`dataset=${root}`)
        .map((field) => `--config.${field}`),
    });
    for (let state = ''; state !== 'finished'; await setTimeout(50)) {
      ({ state } = await client.runs.get({ id: run.id }));
      expect(state).toMatch(/preparing|running|queued|finished/);
    }
    const before = await evaluated(id);
    const test = await client.datasets.images({ id, split: 'test', limit: 2 });
    const train = await client.datasets.images({ id, split: 'train', limit: 1 });
    const [first, second] = test.images;
    const { dataset, before: undo } = await client.datasets.edit({
      id,
      edits: [
        { position: first!.position, excluded: true },
        { position: second!.position, label: second!.label === 9 ? 8 : 9 },
        { position: train.images[0]!.position, excluded: true },
      ],
    });
    expect(dataset.manifestHash).not.toBe(manifestHash);

    const after = await evaluated(id);
    expect([before.scored - after.scored, after.files]).toEqual([1, before.files - 1]);
    expect(after.dataset.manifestHash).not.toBe(before.dataset.manifestHash);
    expect(JSON.stringify(after)).toContain('1 image relabelled in Vitrine.');

    await expect(async () => {
      await client.runs.extend({ id: run.id, totalSteps: 12 });
      for (;;) {
        const { state, error } = await client.runs.get({ id: run.id });
        if (state === 'finished') return;
        if (error) throw new Error(error.message);
        await setTimeout(50);
      }
    }).rejects.toThrow('its images or their labels have changed since');

    await client.datasets.edit({ id, edits: undo });
    expect(await client.datasets.get({ id })).toMatchObject({ manifestHash, excluded: 0, relabelled: 0 });
  },
  240_000,
);
