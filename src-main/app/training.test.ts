// What a run asks of its data set before its first step; trainings themselves are in e2e.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolveConfig } from '../../src-shared/config/resolve.ts';
import type { RunEvent, RunInput } from '../../src-shared/contract/runs.ts';
import { cifarBatch } from '../services/datasets/sources/make-records.ts';
import { libraryPaths } from '../services/library/service.ts';
import { askedFor, prepareRun } from '../services/runs/request.ts';
import type { RunRow } from '../services/runs/store.ts';
import { trainingNeeds } from './training.ts';

let home: string;
let notes: string[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-training-'));
  notes = [];
  writeFileSync(join(home, 'start.npz'), '');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** CIFAR's binary batches of ten images each, as "data add cifar10" leaves them. */
function putCifar10(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const batch = cifarBatch(Array.from({ length: 10 }, (_, i) => [i % 2]));
  for (const name of ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'])
    writeFileSync(join(folder, `${name}.bin`), batch);
  writeFileSync(join(folder, 'batches.meta.txt'), 'airplane\nautomobile\n');
}

function ask(input: Partial<RunInput>) {
  const rest = { overrides: [], skipBad: false, continueRun: false, allowNan: false, priority: 0, tags: [] };
  const asked = { ...rest, workdir: 'run', checkpoint: join(home, 'start.npz'), ...input };
  return askedFor(asked, { paths: libraryPaths(home), owner: 'cli' });
}

function prepare({ workdir, request }: ReturnType<typeof ask>) {
  const { prepare, versions } = trainingNeeds(home);
  const tell = (event: RunEvent): void => void (event.type === 'note' && notes.push(event.text));
  const signal = new AbortController().signal;
  return prepareRun({ workdir, request } as RunRow, { prepare, versions, signal, tell });
}

test('the data set of a preset is the library’s of that name', async () => {
  const asked = ask({ preset: 'vit:b16,cifar10' });
  expect(asked.request.dataset).toBe('cifar10');
  await expect(prepare(asked)).rejects.toMatchObject({
    code: 'not_found',
    message: 'The data set cifar10 is not in the library.',
    hint: expect.stringContaining('"vitrine data add cifar10 --yes"') as string,
  });
  putCifar10(join(home, 'datasets/cifar10'));
  const { train, test: tested, classNames } = await prepare(asked);
  // train[:98%] of 50
  expect([train.paths.length, tested.paths.length, classNames]).toEqual([49, 10, ['airplane', 'automobile']]);
});

test('a run is called after its checkpoint and what the library calls its data', () => {
  const root = join(home, 'datasets/5f0c');
  const asked = { ...{ skipBad: false, continueRun: false, allowNan: false, priority: 0, tags: [] } };
  const named = (overrides: string[]) =>
    askedFor(
      { ...asked, checkpoint: join(home, 'start.npz'), overrides },
      { paths: libraryPaths(home), owner: 'host', datasetName: (place) => (place === root ? 'Digits' : null) },
    ).request;
  expect(named([`--config.dataset=${root}`])).toMatchObject({ name: 'start on Digits', datasetName: 'Digits' });
  expect(named(['--config.dataset=mine/pets'])).toMatchObject({ name: 'start on pets' });
  expect(named(['--config.dataset=mine/pets'])).not.toHaveProperty('datasetName');
});

test('one that the person has prepared is read where it lies; a folder of the name comes first', async () => {
  const own = join(home, 'mine/cifar10');
  putCifar10(own);
  mkdirSync(join(home, 'datasets'));
  writeFileSync(join(home, 'datasets/cifar10.path'), `${own}\n`);
  expect((await prepare(ask({ preset: 'mixer_base16_cifar10' }))).train.paths.length).toBe(49);
  expect(ask({ preset: 'mixer_base16_cifar10', cwd: join(home, 'mine') }).request.dataset).toBe(own);
});

test('a test on images that are trained on is refused before anything is read; a run that began so goes on', async () => {
  const folder = join(home, 'datasets/cifar10');
  putCifar10(folder);
  const preset = 'vit:b16,cifar10';
  const asked = ask({ preset, overrides: ['--config.pp.train=train[:90%]', '--config.pp.test=train[80%:]'] });
  await expect(prepare(asked)).rejects.toMatchObject({
    code: 'bad_dataset',
    message:
      'The splits "train[:90%]" to train on and "train[80%:]" to test on overlap: 5 images are in both, for example data_batch_5.bin#0.',
  });
  await expect(
    prepare(ask({ preset, overrides: ['--config.pp.train=test', '--config.pp.test=test'] })),
  ).rejects.toThrow('10 images are in both');

  const { config } = resolveConfig({ config: preset, overrides: asked.request.overrides });
  mkdirSync(asked.workdir);
  const record = { format: 'vitrine-run', version: 1, config, classNames: [], engine: { threads: { intra: 1 } } };
  writeFileSync(join(asked.workdir, 'run.json'), JSON.stringify(record));
  const { train, test: tested } = await prepare(asked);
  expect([train.paths.length, tested.paths.length]).toEqual([45, 10]);
  expect(notes).toEqual([expect.stringContaining('overlap: 5 images are in both')]);
});
