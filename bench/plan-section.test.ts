import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDataset } from '../src-main/services/datasets/scan.ts';
import { writeCifar10 } from './cifar-files.ts';
import { firstBatch, planEpoch } from './plan-section.ts';

const PER_BATCH = 20;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-bench-plan-'));
  writeCifar10(join(folder, 'cifar'), PER_BATCH);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the files that are made up are read as CIFAR-10', async () => {
  const { layout, classNames, splits } = await openDataset(join(folder, 'cifar'), { home: join(folder, 'own') });
  expect([layout, classNames.length]).toEqual(['cifar', 10]);
  expect([splits['train']!.length, splits['test']!.length]).toEqual([5 * PER_BATCH, PER_BATCH]);
  expect(splits['test']!.map(({ label }) => label)).toEqual(Array.from({ length: PER_BATCH }, (_, i) => i % 10));
});

test('an epoch of several chunks is planned by a process of its own', () => {
  const { first, rest } = planEpoch(40_000, process.env);
  expect(first).toBeGreaterThan(0);
  expect(rest).toBeGreaterThan(0);
});

test.skipIf(!process.env.VITRINE_ENGINE_DIR)('the first batch comes by the way of a run, in parts', () => {
  const { images, phases } = firstBatch(join(folder, 'cifar'), join(folder, 'home'), process.env);
  expect(images).toBe(98); // train[:98%]
  expect(Object.keys(phases)).toEqual(['opening', 'graph', 'plan and bytes', 'batch']);
});
