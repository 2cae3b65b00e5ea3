import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LibraryEvent } from '../../../src-shared/contract/events.ts';
import { inspectionSchema } from '../../../src-shared/contract/inspection.ts';
import { checkpointSchema } from '../../../src-shared/contract/checkpoints.ts';
import * as v from 'valibot';
import { AppError } from '../../../src-shared/errors.ts';
import { openDatabase, type Database } from '../../database/open.ts';
import { createEvents } from '../events/service.ts';
import {
  createCheckpoints,
  inspectInWorker,
  type Checkpoints,
  type CheckpointsOptions,
  type Inspect,
} from './service.ts';

const ROOT = join(import.meta.dirname, '../../..');
const GOLDENS = join(ROOT, 'bench/goldens');
const VIT = join(GOLDENS, 'models/vit_tiny16/checkpoint.npz');
const MIXER = join(GOLDENS, 'models/mixer_tiny16/checkpoint.npz');
const LIT = join(GOLDENS, 'lit/lit_text_transformer/checkpoint.npz');
const DEIT = join(GOLDENS, 'deit/deit_tiny');

let home: string;
let folder: string;
let database: Database;
let published: LibraryEvent[];
/** Paths that a worker was started for. */
let read: string[];
let checkpoints: Checkpoints;

const worker = inspectInWorker();
const counted: Inspect = (path, signal) => {
  read.push(path);
  return worker(path, signal);
};
function open(options: Partial<CheckpointsOptions> = {}): Checkpoints {
  const events = { ...createEvents(), publish: (event: LibraryEvent) => void published.push(event) };
  return createCheckpoints({ database, events, folder, inspect: counted, ...options });
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-checkpoints-'));
  folder = join(home, 'library');
  published = [];
  read = [];
  database = openDatabase(':memory:');
  checkpoints = open();
});
afterEach(() => {
  database.close();
  rmSync(home, { recursive: true, force: true });
});

function place(from: string, ...at: string[]): string {
  const path = join(home, ...at);
  mkdirSync(join(path, '..'), { recursive: true });
  copyFileSync(from, path);
  return path;
}

async function codeOf(act: Promise<unknown>): Promise<string> {
  const error = await act.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error.code;
  throw error;
}

describe('importing', () => {
  test('a file is copied, read through, and listed with what it is', async () => {
    const path = place(VIT, 'mine.npz');
    const { added, known, failed } = await checkpoints.import(path, { mode: 'copy' });
    expect([known, failed]).toEqual([[], []]);
    expect(added).toMatchObject([
      { origin: 'import', source: path, file: 'imported/mine.npz', state: 'present', problem: null, isLit: false },
    ]);
    expect(added[0]!.architecture).toMatchObject({ family: 'vit', patchSize: [16, 16] });
    expect(existsSync(join(folder, 'imported/mine.npz'))).toBe(true);
    expect(existsSync(join(folder, '.imports'))).toBe(false);
    expect(published).toEqual([{ topic: 'checkpoint', id: added[0]!.id, change: 'added' }]);
    // As the contract promises it.
    const got = await checkpoints.get(added[0]!.id);
    v.parse(checkpointSchema, got.checkpoint);
    v.parse(inspectionSchema, got.inspection);
  });

  test('a file that is one of the catalog’s is kept under that name', async () => {
    const source = place(VIT, 'downloads', 'x (1).npz');
    const { added } = await checkpoints.import(source, { mode: 'copy', name: 'imagenet21k/ViT-B_16' });
    expect(added[0]!.file).toBe('imported/imagenet21k/ViT-B_16.npz');
    const outside = await checkpoints.import(place(MIXER, 'downloads', 'm.npz'), { mode: 'copy', name: '../../a/.b' });
    expect(outside.added[0]!.file).toBe('imported/_/_/a/_b.npz');
    await expect(checkpoints.import(join(home, 'downloads'), { mode: 'copy', name: 'x' })).rejects.toMatchObject({
      code: 'usage',
    });
  });

  test('by reference the file stays where it is, also when the entry is removed', async () => {
    const path = place(VIT, 'elsewhere/mine.npz');
    const { added } = await checkpoints.import(path, { mode: 'link' });
    expect(added).toMatchObject([{ path, file: null }]);
    expect(await checkpoints.remove(added[0]!.id)).toEqual([]);
    expect(existsSync(path)).toBe(true);
    expect(await checkpoints.list()).toEqual([]);
  });

  test('the same content again is known, whatever it is called', async () => {
    const { added } = await checkpoints.import(place(VIT, 'a.npz'), { mode: 'copy' });
    const again = await checkpoints.import(place(VIT, 'b.npz'), { mode: 'copy' });
    expect(again.known.map(({ id }) => id)).toEqual([added[0]!.id]);
    expect(readdirSync(join(folder, 'imported'))).toEqual(['a.npz']);
    const other = await checkpoints.import(place(MIXER, 'x/a.npz'), { mode: 'copy' });
    expect(other.added[0]!.file).toBe('imported/a-2.npz');
  });

  test('a folder: every checkpoint below it, and those that are none with the reason', async () => {
    place(VIT, 'in/vit.npz');
    place(LIT, 'in/deeper/lit.npz');
    place(join(DEIT, 'model.safetensors'), 'in/deit/model.safetensors');
    place(join(DEIT, 'config.json'), 'in/deit/config.json');
    place(VIT, 'in/.hidden/vit.npz');
    writeFileSync(join(home, 'in/broken.npz'), 'PK\u0003\u0004 and nothing more');
    const { added, failed } = await checkpoints.import(join(home, 'in'), { mode: 'copy' });
    expect(added.map(({ file }) => file).sort()).toEqual([
      'imported/deit/model.safetensors',
      'imported/lit.npz',
      'imported/vit.npz',
    ]);
    expect(failed).toMatchObject([{ path: join(home, 'in/broken.npz'), failure: { code: 'bad_checkpoint' } }]);
    const deit = added.find(({ file }) => file!.includes('deit'))!;
    expect(deit.architecture).toMatchObject({ family: 'deit' });
    expect(existsSync(join(folder, 'imported/deit/config.json'))).toBe(true);
    expect(added.find(({ file }) => file === 'imported/lit.npz')).toMatchObject({ isLit: true, architecture: null });
    const deleted = await checkpoints.remove(deit.id);
    expect(deleted).toHaveLength(2);
    expect(existsSync(join(folder, 'imported/deit'))).toBe(false);
  });

  test('what is no checkpoint, is not there, or does not fit: an error, and nothing is left', async () => {
    writeFileSync(join(home, 'notes.npz'), 'notes');
    mkdirSync(join(home, 'empty'));
    expect(await codeOf(checkpoints.import(join(home, 'notes.npz'), { mode: 'copy' }))).toBe('bad_checkpoint');
    expect(await codeOf(checkpoints.import(join(home, 'none.npz'), { mode: 'copy' }))).toBe('not_found');
    expect(await codeOf(checkpoints.import(join(home, 'empty'), { mode: 'copy' }))).toBe('not_found');
    const full = open({ statfs: async () => ({ bavail: 1000, bsize: 1 }) });
    expect(await codeOf(full.import(place(VIT, 'vit.npz'), { mode: 'copy' }))).toBe('disk_full');
    const abort = AbortSignal.abort();
    expect(await codeOf(checkpoints.import(join(home, 'vit.npz'), { mode: 'copy', signal: abort }))).toBe(
      'interrupted',
    );
    expect(await checkpoints.list()).toEqual([]);
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
  });
});

describe('what is remembered', () => {
  test('a file is read once while it stays the same', async () => {
    const path = place(VIT, 'library/test/vit.npz');
    const first = await checkpoints.add({ path, origin: 'download', source: 'https://a.example/vit.npz' });
    await checkpoints.add({ path, origin: 'download' });
    const inspection = await checkpoints.inspect(path);
    expect(inspection.sha256).toBe(first.sha256);
    expect(read).toEqual([path]);
    utimesSync(path, 1, 1);
    expect((await checkpoints.list())[0]!.state).toBe('changed');
    await checkpoints.get(first.id);
    expect(read).toHaveLength(2);
    expect((await checkpoints.list())[0]).toMatchObject({ state: 'present', origin: 'download', source: first.source });
  });

  test('a fingerprint belongs to the content', async () => {
    const path = place(VIT, 'library/a.npz');
    const { id } = await checkpoints.add({ path, origin: 'found' });
    database.prepare('UPDATE checkpoints SET fingerprint = ?').run('"known"');
    utimesSync(path, 1, 1);
    expect((await checkpoints.get(id)).checkpoint.fingerprint).toBe('"known"');
    copyFileSync(MIXER, path);
    expect((await checkpoints.get(id)).checkpoint).toMatchObject({
      fingerprint: null,
      architecture: { family: 'mixer' },
    });
  });

  test('one whose file is gone is listed as missing, and still says what it was', async () => {
    const path = place(VIT, 'library/a.npz');
    const { id } = await checkpoints.add({ path, origin: 'run', source: 'run-7' });
    renameSync(path, `${path}.moved`);
    expect(await checkpoints.list()).toMatchObject([{ id, state: 'missing', architecture: { family: 'vit' } }]);
    expect((await checkpoints.get(id)).inspection.tensors.length).toBeGreaterThan(0);
    expect(await checkpoints.remove(id)).toEqual([]);
  });

  test('a library that was moved finds its own', async () => {
    await checkpoints.add({ path: place(VIT, 'library/test/vit.npz'), origin: 'found' });
    renameSync(folder, join(home, 'moved'));
    folder = join(home, 'moved');
    expect(await open().list()).toMatchObject([{ path: join(folder, 'test/vit.npz'), state: 'present' }]);
  });

  test('ids that are none', async () => {
    expect(await codeOf(checkpoints.get(7))).toBe('not_found');
    expect(await codeOf(checkpoints.remove(7))).toBe('not_found');
  });
});

test('looking through the folder: what is new, changed, gone or broken; an empty database finds all again', async () => {
  const kept = place(VIT, 'library/augreg/kept.npz');
  const gone = place(MIXER, 'library/augreg/gone.npz');
  const one = await checkpoints.add({ path: kept, origin: 'download' });
  const two = await checkpoints.add({ path: gone, origin: 'download' });
  rmSync(gone);
  utimesSync(kept, 1, 1);
  place(LIT, 'library/web/new.npz');
  place(VIT, 'library/.downloads/3/part.npz');
  writeFileSync(join(folder, 'web/broken.npz'), 'PK\u0003\u0004');
  const report = await checkpoints.rescan();
  expect(report).toMatchObject({ added: [expect.any(Number)], changed: [one.id], missing: [two.id] });
  expect(report.failed.map(({ path }) => path)).toEqual([join(folder, 'web/broken.npz')]);

  database.close();
  database = openDatabase(':memory:');
  checkpoints = open();
  expect((await checkpoints.rescan()).added).toHaveLength(2);
  expect((await checkpoints.list()).map(({ file, origin }) => [file, origin])).toEqual([
    ['web/new.npz', 'found'],
    ['augreg/kept.npz', 'found'],
  ]);
});
