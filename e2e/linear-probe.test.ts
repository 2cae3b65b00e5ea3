// The bundled digits: a head trained on features that are computed once, and a head trained on images.
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unpackImages } from '../src-main/services/datasets/unzip.ts';
import { makeFolder } from './run-fixtures.ts';
import { configFlags, jsonLines, startVitrine, vitrine, type Ended, type StartOptions } from './vitrine.ts';

const DEMO = join(import.meta.dirname, '../resources/demo');
const CHECKPOINT = join(DEMO, 'digits-vit.npz');
const TEST_IMAGES = 360;

let folder: Awaited<ReturnType<typeof makeFolder>>;
const at = (name: string): string => join(folder.path, name);

const RECIPE = {
  warmup_steps: 10,
  batch: 64,
  accum_steps: 1,
  base_lr: 0.1,
  eval_every: 0,
  checkpoint_every: 0,
  'pp.crop': 32,
  'vitrine.crop_area_min': 0.6,
  'vitrine.flip': false,
};

function args(workdir: string, overrides: Record<string, string | number>): string[] {
  const config = { ...RECIPE, dataset: at('digits'), ...overrides };
  const flags = configFlags(config);
  return ['train', `--workdir=${at(workdir)}`, `--checkpoint=${CHECKPOINT}`, '--threads=1', '--json', ...flags];
}

function result(ended: Ended): Record<string, unknown> & { metrics: Record<string, number> } {
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return jsonLines(ended).at(-1) as ReturnType<typeof result>;
}

const notes = (ended: Ended): string =>
  jsonLines(ended)
    .flatMap(({ type, text }) => (type === 'note' ? [text as string] : []))
    .join('\n');

const provenance = async (workdir: string): Promise<Record<string, unknown>> =>
  (JSON.parse(await readFile(at(`${workdir}/model.json`), 'utf8')) as { provenance: Record<string, unknown> })
    .provenance;

const PROBE = { 'vitrine.train': 'probe', total_steps: 300 };
const model = (workdir: string): Promise<Buffer> => readFile(at(`${workdir}/model.npz`));

describe.skipIf(process.env.VITRINE_ENGINE_DIR === undefined)('the digits, on TensorFlow', () => {
  let probe: Ended;
  beforeAll(async () => {
    folder = await makeFolder();
    await unpackImages(join(DEMO, 'digits.zip'), at('digits'));
    probe = await vitrine(args('probe', PROBE));
  }, 120_000);
  afterAll(() => folder.remove());

  test('a linear probe learns its head on features, and leaves a whole model', async () => {
    const { state, metrics } = result(probe);
    expect(state).toBe('done');
    // Of 360 digits of a kind the model has never seen; a guess would be right for 36.
    expect(metrics['accuracy_test']! * TEST_IMAGES).toBeGreaterThan(0.85 * TEST_IMAGES);
    expect(notes(probe)).toContain('Computing the features of 1,797 images, once.');
    expect(await provenance('probe')).toMatchObject({ train: 'probe', frozen: expect.arrayContaining(['embedding']) });
    expect((await readdir(at('probe/features'))).sort()).toEqual([
      'features.json',
      'test-00000000.npy',
      'train-00000000.npy',
    ]);
    // The model as a whole is right where its features were.
    const ended = await vitrine(['evaluate', at('probe/model.npz'), at('digits'), '--split=test', '--json']);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    const { top1 } = JSON.parse(ended.stdout) as { top1: number };
    expect(top1).toBeCloseTo(metrics['accuracy_test']!, 6);
  });

  test('stopped, with a feature file damaged, it goes on to the same bytes', async () => {
    const options: StartOptions = {
      onLine: ({ type, step }, running) => {
        if (type === 'checkpoint' && (step as number) < 300) running.signalGroup('SIGKILL');
      },
    };
    const overrides = { ...PROBE, 'vitrine.keep_minutes': 0.000001 };
    const killed = await startVitrine(args('stopped', overrides), options).ended;
    expect(killed.code).not.toBe(0);
    const file = at('stopped/features/train-00000000.npy');
    const bytes = await readFile(file);
    const damaged = Buffer.from(bytes);
    damaged[damaged.length >> 1]! ^= 1;
    await writeFile(file, damaged);
    const before = await stat(at('stopped/features/test-00000000.npy'));
    const resumed = await vitrine(args('stopped', PROBE));
    expect(result(resumed)).toMatchObject({ state: 'done', step: 300 });
    expect(notes(resumed)).toContain('Computing the features of 1,437 images, once.');
    expect((await readFile(file)).equals(bytes)).toBe(true);
    expect((await stat(at('stopped/features/test-00000000.npy'))).mtimeMs).toBe(before.mtimeMs);
    expect((await model('stopped')).equals(await model('probe'))).toBe(true);
  });

  test('the head alone learns on images, with crops', async () => {
    const ended = await vitrine(args('head', { 'vitrine.train': 'head', total_steps: 150 }));
    const { metrics } = result(ended);
    expect(metrics['accuracy_test']! * TEST_IMAGES).toBeGreaterThan(0.8 * TEST_IMAGES);
    expect(notes(ended)).toContain('650 of 148,042 parameters learn');
    expect(await provenance('head')).toMatchObject({ train: 'head' });
    expect(await readdir(at('head'))).not.toContain('features');
  });
});
