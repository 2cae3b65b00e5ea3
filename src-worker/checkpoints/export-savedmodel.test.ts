import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TFJSBinding } from '../engine/binding.ts';
import { writeVariables } from '../engine/graph/write-variables.ts';
import { nodeBackend } from '../engine/node-backend.ts';
import { loadEngine } from '../engine/runtime.ts';
import { atBatch, goldenModel, largestDifference, randomDeit, TINY_MODELS, type ExportCase } from './export-cases.ts';
import { exportSavedModel, runSavedModel } from './export-savedmodel.ts';

const TOLERANCE = 1e-4;

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('exportSavedModel', () => {
  let folder: string;
  let binding: TFJSBinding;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-savedmodel-'));
    binding = (await loadEngine('tensorflow')).binding!;
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function exported(name: string, example: ExportCase): Promise<string> {
    const dir = join(folder, name);
    await mkdir(dir, { recursive: true });
    const { files } = await exportSavedModel(example, dir);
    expect(files).toEqual(['saved_model.pb', 'variables/variables.data-00000-of-00001', 'variables/variables.index']);
    const found = await readdir(dir, { recursive: true });
    expect(found.sort()).toEqual(['variables', ...files].sort());
    return dir;
  }

  async function differenceIn(dir: string, example: ExportCase): Promise<number> {
    const differences = [];
    for (const batch of [1, 2, 5]) {
      const { images, expected } = atBatch(example, batch);
      const logits = await runSavedModel(dir, images);
      expect(logits.shape).toEqual(expected.shape);
      differences.push(largestDifference(logits.data, expected.data));
    }
    return Math.max(...differences);
  }

  it.each([...TINY_MODELS, 'realsize_ti16'])('gives vit_jax’s logits at batches of 1, 2 and 5: %s', async (name) => {
    const example = await goldenModel(name);
    const before = [binding.getNumOfTensors(), binding.getNumOfSavedModels()];
    expect(await differenceIn(await exported(name, example), example)).toBeLessThan(TOLERANCE);
    expect([binding.getNumOfTensors(), binding.getNumOfSavedModels()]).toEqual(before);
  });

  it.each(['none', 'token', 'heads'] as const)('gives a DeiT’s, distillation %s', async (distillation) => {
    const example = await randomDeit(distillation);
    expect(await differenceIn(await exported(`deit-${distillation}`, example), example)).toBeLessThan(TOLERANCE);
  });

  it('replaces the SavedModel that is there', async () => {
    const dir = await exported('replaced', await goldenModel('vit_gap_tiny8'));
    const example = await goldenModel('vit_tiny16');
    expect(await differenceIn(await exported('replaced', example), example)).toBeLessThan(TOLERANCE);
    expect(dir).toBe(join(folder, 'replaced'));
  });

  it('says so when the folder isn’t there, and makes none', async () => {
    const dir = join(folder, 'missing');
    await expect(exportSavedModel(await goldenModel('vit_tiny16'), dir)).rejects.toMatchObject({ code: 'not_found' });
    expect(await readdir(folder)).not.toContain('missing');
  });

  it('joins variables written in several runs', async () => {
    const example = await goldenModel('vit_tiny16');
    const dir = await exported('runs', example);
    const variables = join(dir, 'variables');
    await rm(variables, { recursive: true });
    await mkdir(variables);
    writeVariables(nodeBackend()!, join(variables, 'variables'), { params: example.params, runBytes: 20_000 });
    const files = await readdir(variables);
    expect(files.length).toBeGreaterThan(4); // several files of numbers and an index, nothing else
    expect(files.filter((name) => !/^variables\.(index|data-\d+-of-\d+)$/.test(name))).toEqual([]);
    expect(await differenceIn(dir, example)).toBeLessThan(TOLERANCE);
  });
});
