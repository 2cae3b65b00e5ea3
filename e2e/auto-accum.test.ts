// A run that is computed in as many parts as memory asks for: the service of runs with real probes and workers, on a
// machine that says how much is free.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trainingNeeds } from '../src-main/app/training.ts';
import { openDatabase } from '../src-main/database/open.ts';
import { createEvents } from '../src-main/services/events/service.ts';
import { libraryPaths } from '../src-main/services/library/service.ts';
import { createMemory } from '../src-main/services/memory/service.ts';
import { createRuns, type Runs } from '../src-main/services/runs/service.ts';
import { createDeviceBroker } from '../src-main/workers/device-broker.ts';
import { configHash } from '../src-shared/config/identity.ts';
import type { RunConfig } from '../src-shared/config/run-config.ts';
import type { TimelineEntry } from '../src-shared/contract/run-files.ts';
import type { RunEvent } from '../src-shared/contract/runs.ts';
import { AppError } from '../src-shared/errors.ts';
import { memoryItems } from '../src-shared/models/memory.ts';
import { PLAIN_STEP } from '../src-shared/models/training-step.ts';
import { makeFolder, TINY, writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { configFlags } from './vitrine.ts';

const BATCH = 24;
const PX = 64;

let folder: Awaited<ReturnType<typeof makeFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await makeFolder();
  await writeSquares(at('squares'), { train: 8, test: 2 });
  await writeTinyCheckpoint(at('tiny.npz'));
});
afterAll(() => folder.remove());

/** What a step of so many parts should take, bytes. */
function estimated(parts: number): number {
  return memoryItems({
    ...PLAIN_STEP,
    architecture: { ...TINY, imageSize: [PX, PX], numClasses: 3 },
    mode: 'train',
    batch: BATCH / parts,
    accumulating: parts > 1,
    device: 'cpu',
  }).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Runs on a machine with so much free memory, as a command line has them. */
async function withRuns<T>(freeBytes: number, use: (runs: Runs) => Promise<T>): Promise<T> {
  const database = openDatabase(':memory:');
  const memory = createMemory({
    database,
    checkpoints: { get: () => Promise.reject(new AppError('not_found', 'none')) },
    setup: async () => ({ device: 'cpu', gpus: 0, environment: process.env }),
    machine: async (kind) => ({ kind, name: 'a machine', freeBytes, totalBytes: 2 * freeBytes }),
  });
  const runs = createRuns({
    ...{ database, events: createEvents(), paths: libraryPaths(at('home')), host: 'cli' },
    broker: createDeviceBroker([{ id: 'cpu', freeMemory: async () => freeBytes }]),
    ...trainingNeeds(at('home')),
    memory,
    inspect: () => Promise.reject(new AppError('not_found', 'none')),
  });
  try {
    return await use(runs);
  } finally {
    runs.close();
    database.close();
  }
}

/** Trains in a workdir; what was told. */
function train(workdir: string, freeBytes: number): Promise<RunEvent[]> {
  const config = {
    ...{ dataset: at('squares'), total_steps: 1, warmup_steps: 0, batch: BATCH, accum_steps: 1, base_lr: 0.001 },
    ...{ eval_every: 0, 'pp.crop': PX, 'vitrine.auto_accum': 'true' },
  };
  const overrides = configFlags(config);
  const start = { workdir: at(workdir), checkpoint: at('tiny.npz'), overrides, threads: 1 };
  return withRuns(freeBytes, async (runs) => {
    const told: RunEvent[] = [];
    const asked = { skipBad: false, continueRun: false, allowNan: false, priority: 0, tags: [] };
    for await (const event of runs.train({ start: { ...asked, ...start } })) told.push(event);
    return told;
  });
}

const notesOf = (told: readonly RunEvent[]): string[] =>
  told.flatMap((event) => (event.type === 'note' ? [event.text] : []));

interface Recorded {
  accumSteps?: number;
  configHash: string;
  config: RunConfig;
}

async function recordOf(workdir: string): Promise<Recorded> {
  return JSON.parse(await readFile(at(join(workdir, 'run.json')), 'utf8')) as Recorded;
}

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('vitrine.auto_accum (needs TensorFlow)', { timeout: 180_000 }, () => {
  test('the batch is computed in parts that fit, and the run is the same run', async () => {
    expect(estimated(2)).toBeLessThan(estimated(1));
    // A fifth stays free beside what nothing has confirmed: two parts leave just that.
    const told = await train('parts', (estimated(1) + estimated(2)) / 2 / 0.8);
    expect(told.at(-1)).toMatchObject({ type: 'result', state: 'done', step: 1 });
    const { accumSteps, configHash: hash, config } = await recordOf('parts');
    expect(accumSteps).toBeGreaterThanOrEqual(2);
    const note = new RegExp(
      `^The batch of 24 is computed in ${accumSteps} parts of ${24 / accumSteps!}: a step took [\\d,]+ of [\\d,]+ MiB`,
    );
    const timeline = (await readFile(at('parts/timeline.jsonl'), 'utf8')).trim().split('\n');
    const entries = timeline.map((line) => JSON.parse(line) as TimelineEntry);
    expect(entries.filter(({ type, text }) => type === 'note' && note.test(text ?? ''))).toHaveLength(1);
    expect(notesOf(told).join('\n')).toContain('Running a step of 12 images');

    // What the run is stays as it was asked for.
    expect(config).toMatchObject({ batch: BATCH, accum_steps: 1 });
    expect(hash).toBe(configHash(config));

    // A run that is there goes on as it began.
    const again = await train('parts', 1e12);
    expect(notesOf(again).join('\n')).not.toContain('Running a step');
    expect((await recordOf('parts')).accumSteps).toBe(accumSteps);
  });

  test('what does not fit image by image is refused before anything is written', async () => {
    await expect(train('none', 1e6)).rejects.toMatchObject({
      code: 'out_of_memory',
      message: expect.stringMatching(
        /^Not even a step of one image fits into memory: a step takes about [\d,]+ MiB, and 1/,
      ),
      details: { images: 1, freeBytes: 1e6 },
    });
    expect(existsSync(at('none/run.json'))).toBe(false);
  });
});
