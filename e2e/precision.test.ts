// The demo's digits, learnt in bfloat16 and in float32: shorter than the demo, with its data, checkpoint and recipe.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unpackImages } from '../src-main/services/datasets/unzip.ts';
import { configFlags, jsonLines, vitrine } from './vitrine.ts';

const DEMO = join(import.meta.dirname, '../resources/demo');
const TEST_IMAGES = 360;
/** Of 360 images: two points, as the learning rate of these few steps has not fallen far. The demo's 400 keep to one. */
const TOLERANCE = 7;

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('a run on the digits, on TensorFlow', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-precision-'));
    await unpackImages(join(DEMO, 'digits.zip'), join(folder, 'digits'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** The test images that the run's model gets right. */
  async function rightAfter(name: string, fields: Record<string, string | number>): Promise<number> {
    const recipe = {
      dataset: join(folder, 'digits/digits'),
      total_steps: 60,
      warmup_steps: 10,
      batch: 64,
      accum_steps: 1,
      base_lr: 0.03,
      eval_every: 0,
      'pp.crop': 32,
      'vitrine.crop_area_min': 0.6,
      'vitrine.flip': false,
      ...fields,
    };
    const flags = configFlags(recipe);
    const workdir = `--workdir=${join(folder, name)}`;
    const ended = await vitrine(['train', workdir, `--checkpoint=${join(DEMO, 'digits-vit.npz')}`, '--json', ...flags]);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    const accuracy = jsonLines(ended).flatMap(({ values }) => {
      const { accuracy_test: value } = (values ?? {}) as Record<string, number>;
      return value === undefined ? [] : [value];
    });
    expect(accuracy).toHaveLength(1);
    return Math.round(accuracy[0]! * TEST_IMAGES);
  }

  test('reaches in bfloat16 what it reaches in float32', { timeout: 300_000 }, async () => {
    const exact = await rightAfter('float32', {});
    const rounded = await rightAfter('bfloat16', { 'vitrine.precision': 'bfloat16' });
    expect(exact).toBeGreaterThan(0.8 * TEST_IMAGES);
    expect(Math.abs(rounded - exact)).toBeLessThanOrEqual(TOLERANCE);
  });
});
