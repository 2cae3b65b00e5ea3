// The preflight through the contract: images, checkpoint, disk, memory and one real step of a tiny model.
import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inProcess, type Client } from '../src-main/app/in-process.ts';
import { openLibrary } from '../src-main/app/library.ts';
import type { Library } from '../src-main/app/library.ts';
import type { Preflight, PreflightCheckName } from '../src-shared/contract/preflight.ts';
import { makeFolder, writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { configFlags } from './vitrine.ts';

describe.skipIf(process.env.VITRINE_ENGINE_DIR === undefined)('with TensorFlow', { timeout: 120_000 }, () => {
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  let library: Library;
  let client: Client;
  const at = (name: string): string => join(folder.path, name);

  beforeAll(async () => {
    folder = await makeFolder();
    await writeSquares(at('squares'), { train: 12, test: 4 });
    await writeTinyCheckpoint(at('tiny.npz'));
    library = await openLibrary({ host: 'serve', home: at('home') });
    client = inProcess(library);
  });
  afterAll(async () => {
    await library.close();
    await folder.remove();
  });

  const asked = (more: Record<string, number | string> = {}, input: object = {}) => ({
    checkpoint: at('tiny.npz'),
    overrides: configFlags({
      ...{ dataset: at('squares'), total_steps: 20, warmup_steps: 2, batch: 8, accum_steps: 2, base_lr: 0.003 },
      ...more,
    }),
    ...input,
  });
  const states = ({ checks }: Preflight): string[] =>
    checks.filter(({ state }) => state !== 'note').map(({ name, state }) => `${name} ${state}`);
  const textOf = ({ checks }: Preflight, name: PreflightCheckName, state: string): string =>
    checks.find((check) => check.name === name && check.state === state)?.text ?? `no ${name} ${state}`;

  test('everything is looked at, one step is run, and nothing is begun', async () => {
    const found = await client.runs.preflight(asked());
    const names = ['configuration', 'engine', 'dataset', 'splits', 'checkpoint', 'model', 'classes', 'positions'];
    expect(states(found)).toEqual([...names, 'disk', 'memory', 'step'].map((name) => `${name} passed`));
    expect(textOf(found, 'dataset', 'passed')).toContain('36 images to train on and 12 to test on, in 3 classes');
    expect(textOf(found, 'classes', 'passed')).toBe("The head is new: 3 classes; the checkpoint's 4 go.");
    expect(textOf(found, 'step', 'passed')).toMatch(/^A step of 4 images took .* s \(.* img\/s\) and .* MB/);
    expect(found.measured!.updateSeconds).toBeCloseTo(8 / found.measured!.imagesPerSecond, 6);
    expect(found.memory!.correction).toMatchObject({ measurements: 1 });
    expect(found.disk!.neededBytes).toBeLessThan(found.disk!.freeBytes);
    expect((await client.runs.list({})).total).toBe(0);
    expect(library.broker.training()).toEqual([]);
  });

  test('another resolution is announced; images in both splits, a mixed-up model and wrong flags fail', async () => {
    const larger = await client.runs.preflight(asked({ 'pp.crop': 24 }));
    expect(textOf(larger, 'positions', 'note')).toBe('Position embeddings are resized from 2 x 2 to 3 x 3 patches.');
    const both = await client.runs.preflight(asked({ 'pp.test': 'train' }));
    expect(textOf(both, 'splits', 'failed')).toContain('36 images are in both');
    expect(states(both)).toContain('dataset passed');
    const other = await client.runs.preflight(asked({}, { preset: 'augreg:Ti_16' }));
    expect(textOf(other, 'model', 'failed')).toContain("The checkpoint isn't ViT-Ti_16");
    expect(states(other)).not.toContain('step passed');
    const wrong = await client.runs.preflight(asked({ base_lr: 'fast' }));
    expect(wrong.checks).toMatchObject([{ name: 'configuration', state: 'failed', field: 'base_lr' }]);
  });

  test('what doesn’t fit is not run', async () => {
    const found = await client.runs.preflight(asked({ batch: 4_000_000, accum_steps: 1, 'pp.crop': 512 }));
    expect(textOf(found, 'memory', 'failed')).toMatch(/^It doesn’t fit: a step needs about/);
    expect(textOf(found, 'step', 'note')).toContain('No step was run');
  });

  test('beside a training no step is run, and it says whose turn it is', async () => {
    const lease = library.broker.tryTrain('pets')!;
    const found = await client.runs.preflight(asked());
    expect(textOf(found, 'step', 'note')).toBe('No step was run: “pets” trains on cpu. The estimates stand.');
    expect(textOf(found, 'memory', 'passed')).toMatch(/^It fits/);
    lease.release();
  });

  test('a damaged checkpoint and a data set that is gone', async () => {
    await writeTinyCheckpoint(at('cut.npz'));
    await truncate(at('cut.npz'), 2000);
    await rm(at('squares'), { recursive: true });
    const found = await client.runs.preflight({ ...asked(), checkpoint: at('cut.npz') });
    expect(states(found)).toEqual(['configuration passed', 'engine passed', 'dataset failed', 'checkpoint failed']);
    const gone = await client.runs.preflight({ ...asked(), checkpoint: at('nothing.npz') });
    expect(textOf(gone, 'configuration', 'failed')).toContain('There is no checkpoint');
  });
});
