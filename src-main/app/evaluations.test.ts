import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Evaluation } from '../../src-shared/contract/evaluations.ts';
import { openLibrary } from './library.ts';
import type { Library } from './library.ts';
import { unpackImages } from '../services/datasets/unzip.ts';

const root = join(import.meta.dirname, '../..');
const CHECKPOINT = join(root, 'resources/demo/digits-vit.npz');

let shared: string;
let digits: string;
let home: string;
let library: Library;
let dataset: string;
const bugs: unknown[] = [];

beforeAll(async () => {
  shared = mkdtempSync(join(tmpdir(), 'vitrine-digits-'));
  await unpackImages(join(root, 'resources/demo/digits.zip'), join(shared, 'all'));
  const [wrapping] = readdirSync(join(shared, 'all'));
  digits = join(shared, 'digits');
  // 5 images a class: what is looked at here is not the model.
  for (const split of ['train', 'test'])
    for (const name of readdirSync(join(shared, 'all', wrapping!, split))) {
      const from = join(shared, 'all', wrapping!, split, name);
      const to = join(digits, split, name);
      mkdirSync(to, { recursive: true });
      for (const image of readdirSync(from).sort().slice(0, 5)) cpSync(join(from, image), join(to, image));
    }
});
afterAll(() => rmSync(shared, { recursive: true, force: true }));

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-evaluations-'));
  library = await openLibrary({ host: 'serve', home, onBug: (error) => bugs.push(error) });
  dataset = (await library.datasets.add({ path: digits, seed: 0 })).id;
  while (library.datasets.get(dataset).state === 'reading') await setTimeout(10);
});
afterEach(async () => {
  await library.close();
  rmSync(home, { recursive: true, force: true });
  expect(bugs).toEqual([]);
});

const settings = { checkpoint: CHECKPOINT, split: 'test', skipBad: false, batch: 16, seed: 0 };
const start = (changes: object = {}) => library.evaluations.start({ ...settings, dataset, ...changes });

async function settled(id: string): Promise<Evaluation> {
  for (;;) {
    const evaluation = library.evaluations.get(id);
    if (evaluation.state !== 'queued' && evaluation.state !== 'running') return evaluation;
    await setTimeout(20);
  }
}

test('it gives the report that the command gives, byte for byte, and survives the database', async () => {
  const abort = new AbortController();
  const seen: string[] = [];
  const watching = (async () => {
    for await (const { event } of library.events.watch({ signal: abort.signal }))
      if (event.topic === 'evaluation') seen.push(event.progress?.phase ?? event.state);
  })();
  const { id, state } = await start();
  expect(state).toBe('queued');
  const evaluation = await settled(id);
  abort.abort();
  await watching;
  expect(evaluation).toMatchObject({
    state: 'finished',
    error: null,
    checkpoint: { name: 'digits-vit.npz', architecture: expect.stringContaining('gap') as string },
    dataset: { id: dataset, split: 'test' },
    result: { scored: 50, files: 50, complete: true },
    report: { html: `/media/reports/${id}/html` },
  });
  expect(evaluation.result!.top1).toBeGreaterThan(0.5);
  expect(seen).toEqual(expect.arrayContaining(['running', 'score', 'finished']));

  const args = ['evaluate', CHECKPOINT, digits, '--batch', '16', '--report', join(home, 'cli'), '--json'];
  const env = { ...process.env, VITRINE_HOME: home };
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'bin/vitrine.js'), ...args], { env });
  expect(JSON.parse(stdout)).toMatchObject({ top1: evaluation.result!.top1, ece: evaluation.result!.ece });
  for (const [kind, file] of [
    ['html', 'report.html'],
    ['json', 'report.json'],
    ['csv', 'predictions.csv'],
  ] as const)
    expect(readFileSync(library.evaluations.reportPath(id, kind), 'utf8')).toBe(
      readFileSync(join(home, 'cli', file), 'utf8'),
    );

  const { evaluations } = library;
  const all = await evaluations.images({ id, only: 'all', offset: 0, limit: 200 });
  expect(all.total).toBe(50);
  const confidences = all.images.map(({ confidence }) => confidence);
  expect(confidences).toEqual([...confidences].sort((a, b) => b - a));
  expect(all.images.every(({ thumbnail }) => thumbnail?.startsWith(`/media/thumbnails/${dataset}/`))).toBe(true);
  const right = await evaluations.images({ id, only: 'right', offset: 0, limit: 200 });
  expect(right.total / 50).toBe(evaluation.result!.top1);
  const { truth, predicted, image } = all.images[0]!;
  const cell = await evaluations.images({ id, truth, predicted, only: 'all', offset: 0, limit: 3 });
  expect(cell.images[0]).toEqual(all.images[0]);
  expect(new Set(cell.images.map((one) => one.truth))).toEqual(new Set([truth]));
  const asked = await evaluations.images({ id, images: [image, 999], only: 'all', offset: 0, limit: 60 });
  expect(asked.images).toEqual([all.images[0]]);
  const place = library.datasets.positions(dataset, [all.images[0]!.name, 'none.png']);
  expect([...place.keys()]).toEqual([all.images[0]!.name]);
  await expect(evaluations.images({ id: 'none', only: 'all', offset: 0, limit: 1 })).rejects.toMatchObject({
    code: 'not_found',
  });

  library.database.exec('DELETE FROM evaluations');
  expect(library.evaluations.list()).toEqual([]);
  expect(await library.evaluations.rebuild()).toEqual({ found: 1, added: 1, problems: [] });
  expect(library.evaluations.get(id)).toEqual(evaluation);
  expect(await library.evaluations.rebuild()).toMatchObject({ added: 0 });
  await library.datasets.remove(dataset);
  expect(library.evaluations.get(id).dataset).toMatchObject({ id: null, root: digits });
  expect((await evaluations.images({ id, only: 'all', offset: 0, limit: 1 })).images[0]!.thumbnail).toBeNull();
  await library.evaluations.remove(id);
  expect(existsSync(join(home, 'reports', id))).toBe(false);
});

test('one after another; the one that waits and the one that runs can both be stopped', async () => {
  const first = await start();
  const second = await start();
  const third = await start({ split: 'train[:10]' });
  for (let i = 0; library.evaluations.get(first.id).state === 'queued'; i++) await setTimeout(10);
  expect(library.evaluations.get(second.id).state).toBe('queued');
  expect((await library.evaluations.cancel(second.id)).state).toBe('cancelled');
  expect((await library.evaluations.cancel(first.id)).state).toBe('cancelled');
  expect(await settled(third.id)).toMatchObject({ state: 'finished', result: { scored: 10 } });
  expect(
    library.evaluations
      .list()
      .map(({ state }) => state)
      .sort(),
  ).toEqual(['cancelled', 'cancelled', 'finished']);
});

test('what goes wrong is kept with the reason, and the next one runs', async () => {
  writeFileSync(join(home, 'bad.npz'), 'no checkpoint');
  const bad = await start({ checkpoint: join(home, 'bad.npz') });
  const nowhere = await start({ split: 'nowhere' });
  expect(await settled(bad.id)).toMatchObject({ state: 'failed', error: { code: 'bad_checkpoint' }, result: null });
  expect(await settled(nowhere.id)).toMatchObject({ state: 'failed', error: { code: 'bad_dataset' } });
  await expect(start({ checkpoint: join(home, 'none.npz') })).rejects.toMatchObject({ code: 'not_found' });
  await expect(start({ dataset: 'none' })).rejects.toMatchObject({ code: 'not_found' });
  expect(() => library.evaluations.reportPath(bad.id, 'html')).toThrow(/no html report/);
  await expect(library.evaluations.cancel('none')).rejects.toMatchObject({ code: 'not_found' });
});

test("a killed host's evaluation is interrupted, in the database and where that is lost", async () => {
  const { id } = await start();
  await library.evaluations.cancel(id);
  library.database.exec("UPDATE evaluations SET state = 'running', owner = NULL");
  expect(library.evaluations.get(id)).toMatchObject({ state: 'interrupted', error: { code: 'interrupted' } });
  const file = join(home, 'reports', id, 'evaluation.json');
  const told = JSON.parse(readFileSync(file, 'utf8')) as { evaluation: Evaluation };
  writeFileSync(
    file,
    JSON.stringify({ ...told, evaluation: { ...told.evaluation, state: 'running', finishedAt: null } }),
  );
  library.database.exec('DELETE FROM evaluations');
  await library.evaluations.rebuild();
  expect(library.evaluations.get(id).state).toBe('interrupted');
});

test('folders that describe nothing, or lie, are told of and left alone', async () => {
  for (const [name, text] of [
    ['a', '{'],
    ['b', '{"schemaVersion":1}'],
    ['c', null],
  ] as const) {
    mkdirSync(join(home, 'reports', name), { recursive: true });
    if (text !== null) writeFileSync(join(home, 'reports', name, 'evaluation.json'), text);
  }
  const { found, added, problems } = await library.evaluations.rebuild();
  expect([found, added, problems.length]).toEqual([0, 0, 2]);
  expect(readdirSync(join(home, 'reports'))).toEqual(['a', 'b', 'c']);
});
