import { expect, test } from 'vitest';
import type { Memory } from '../services/memory/service.ts';
import type { ToRun } from '../services/scoring/service.ts';
import { createDeviceBroker } from '../workers/device-broker.ts';
import { inferencePlace } from './inference-place.ts';

const MIB = 2 ** 20;

test('alone it begins at once; beside a training it waits until what it is estimated to take is free', async () => {
  let free = 500 * MIB;
  let asked = 0;
  const broker = createDeviceBroker([{ id: 'cpu', freeMemory: () => Promise.resolve(free) }], 100 * MIB);
  const estimate = () => Promise.resolve({ totalBytes: ++asked && 600 * MIB });
  const place = inferencePlace({ broker, memory: { estimate } as unknown as Memory });
  const { signal } = new AbortController();
  const toRun = { label: 'An evaluation', architecture: {} as ToRun['architecture'], batch: 64, signal };
  (await place(toRun)).release();
  expect(asked).toBe(0);

  const training = broker.tryTrain('pets')!;
  const reasons: string[] = [];
  const waiting = place({ ...toRun, onWait: (reason) => reasons.push(reason) });
  await expect.poll(() => reasons.length).toBe(1);
  expect(reasons[0]).toMatch(/600 MiB.*pets trains on cpu/);
  free = 800 * MIB;
  (await waiting).release();
  training.release();
});
