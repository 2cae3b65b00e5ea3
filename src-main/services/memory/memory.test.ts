import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MemoryEstimate, MemoryTask } from '../../../src-shared/contract/checkpoints.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { openDatabase, type Database } from '../../database/open.ts';
import { memoryOf, parseGpus } from './machine-memory.ts';
import { createMeasurements } from './measurements.ts';
import { createMemory, type Memory } from './service.ts';

const ENGINE = process.env['VITRINE_ENGINE_DIR'];

const ARCHITECTURE = {
  family: 'vit',
  patchSize: [16, 16],
  imageSize: [64, 64],
  width: 64,
  depth: 2,
  mlpDim: 256,
  numHeads: 4,
  classifier: 'token',
  representationSize: null,
  numClasses: 10,
} as const;
const TASK: MemoryTask = {
  ...{ architecture: ARCHITECTURE, mode: 'train', batch: 8, precision: 'float32' },
  ...{ optimizer: 'momentum-bfloat16', accumSteps: 1, train: 'all', trainBlocks: 1 },
  ...{ ema: false, sharpness: 'none', recompute: false, devices: 1, mixing: false },
  dropout: { hidden: false, attention: false },
};

let database: Database;
let device: MemoryEstimate['device'];
let kind: 'cpu' | 'gpu' | 'wasm';
let memory: Memory;
beforeEach(() => {
  database = openDatabase(':memory:');
  kind = 'cpu';
  device = { kind: 'cpu', name: 'a machine', freeBytes: 8e9, totalBytes: 16e9 };
  memory = createMemory({
    database,
    checkpoints: { get: () => Promise.reject(new AppError('not_found', 'none')) },
    setup: async () => ({ device: kind, gpus: 0, environment: process.env }),
    machine: async () => device,
  });
});
afterEach(() => database.close());

async function messageOf(act: Promise<unknown>): Promise<string> {
  const error = await act.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return `${error.code}: ${error.message}`;
  throw error;
}

test('the verdict is held against what is free', async () => {
  const { totalBytes, verdict, correction } = await memory.estimate(TASK);
  expect({ verdict, correction }).toEqual({ verdict: 'fits', correction: null });
  device = { ...device, freeBytes: totalBytes * 1.1 };
  expect((await memory.estimate(TASK)).verdict).toBe('tight');
  device = { ...device, freeBytes: totalBytes * 0.9 };
  expect((await memory.estimate(TASK)).verdict).toBe('no');
});

test('resolution and classes change the model; what does not go is told', async () => {
  const small = await memory.estimate(TASK);
  const large = await memory.estimate({ ...TASK, resolution: 128, numClasses: 1000 });
  expect(large.totalBytes).toBeGreaterThan(small.totalBytes);
  expect(await messageOf(memory.estimate({ ...TASK, resolution: 8 }))).toMatch(/^usage: 8 px is smaller than/);
  expect(await messageOf(memory.estimate({ ...TASK, devices: 3 }))).toMatch(/^usage: 8 images can't be split evenly/);
  const headless = { ...TASK, architecture: { ...ARCHITECTURE, numClasses: null } };
  expect(await messageOf(memory.estimate(headless))).toMatch(/^usage: The checkpoint has no head/);
  expect((await memory.estimate({ ...headless, mode: 'predict' })).verdict).toBe('fits');
  expect(await messageOf(memory.estimate({ ...TASK, architecture: undefined }))).toMatch(/^usage: Give a checkpoint/);
  expect(await messageOf(memory.estimate({ ...TASK, architecture: undefined, checkpoint: 3 }))).toBe('not_found: none');
});

test('what was never run says so', async () => {
  kind = 'gpu';
  device = { ...device, kind };
  const { notes } = await memory.estimate({ ...TASK, precision: 'bfloat16', optimizer: 'momentum' });
  expect(notes).toHaveLength(4);
  expect(await messageOf(memory.probe(TASK))).toMatch(/^engine: A step's memory can be measured on the CPU only/);
});

describe('measured steps', () => {
  const like = { device: 'cpu', family: 'vit', mode: 'train', precision: 'float32' } as const;
  const step = (estimatedStep: number, measuredStep: number) => ({
    architecture: ARCHITECTURE,
    batch: 8,
    estimatedStep,
    measuredStep,
  });

  test('correct their own kind, large ones the most, the newest only, within bounds', () => {
    const measurements = createMeasurements(database);
    expect(measurements.correction(like)).toBeNull();
    measurements.add(like, step(100, 900));
    measurements.add(like, step(9900, 9900));
    expect(measurements.correction(like)).toEqual({ factor: 10_800 / 10_000, measurements: 2 });
    expect(measurements.correction({ ...like, mode: 'predict' })).toBeNull();
    expect(measurements.correction({ ...like, family: 'mixer' })).toBeNull();
    for (let i = 0; i < 20; i++) measurements.add(like, step(100, 120));
    expect(measurements.correction(like)).toEqual({ factor: 1.2, measurements: 20 });
    for (let i = 0; i < 20; i++) measurements.add(like, step(1, 1000));
    expect(measurements.correction(like)!.factor).toBe(5);
  });

  test.skipIf(!ENGINE)(
    'a real step is measured, and later estimates come closer (needs TensorFlow)',
    async () => {
      const task = { ...TASK, batch: 128 };
      const first = await memory.probe(task);
      expect(first.measuredBytes).toBeGreaterThan(200e6);
      expect(first.estimate.correction).toBeNull();
      expect(first.corrected.correction).toMatchObject({ measurements: 1 });
      const off = (estimate: MemoryEstimate): number => Math.abs(Math.log(first.measuredBytes / estimate.totalBytes));
      // A hundredth is what two measurements of the same step differ by.
      expect(off(first.corrected)).toBeLessThanOrEqual(Math.max(0.01, off(first.estimate)));
      expect(await memory.estimate(task)).toEqual(first.corrected);
      const accumulating = await memory.probe({ ...task, mode: 'train', accumSteps: 4 });
      expect(accumulating.stepSeconds).toBeGreaterThan(0);
      // What makes a step another keeps its measurements apart; a running mean only adds to what is there.
      expect((await memory.estimate({ ...task, recompute: true })).correction).toBeNull();
      expect((await memory.estimate({ ...task, ema: true })).correction).toMatchObject({ measurements: 2 });
      const otherwise = await memory.probe({
        ...{ ...task, optimizer: 'adam', precision: 'bfloat16', ema: true, sharpness: 'gsam' },
        ...{ train: 'blocks', batch: 8, accumSteps: 2 },
      });
      expect(otherwise.estimate.correction).toBeNull();
      expect(otherwise.corrected.correction).toMatchObject({ measurements: 1 });
      const predicting = await memory.probe({ ...task, mode: 'predict' });
      expect(predicting.measuredBytes).toBeLessThan(first.measuredBytes);
    },
    300_000,
  );
});

test("the machine's memory", async () => {
  const main = await memoryOf('cpu');
  expect(main.freeBytes).toBeGreaterThan(0);
  expect(main.freeBytes).toBeLessThanOrEqual(main.totalBytes);
  expect((await memoryOf('wasm')).totalBytes).toBeLessThanOrEqual(2 ** 32);
  expect(parseGpus('NVIDIA H100 80GB HBM3, 81559, 80910\nNVIDIA T4, [N/A], [N/A]\n\n')).toEqual([
    { kind: 'gpu', name: 'NVIDIA H100 80GB HBM3', freeBytes: 80910 * 2 ** 20, totalBytes: 81559 * 2 ** 20 },
  ]);
});
