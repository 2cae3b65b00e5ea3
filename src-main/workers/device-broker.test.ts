import { expect, test } from 'vitest';
import { createDeviceBroker } from './device-broker.ts';
import type { Device } from './device-broker.ts';

const MIB = 2 ** 20;
let free: number | null = 1000 * MIB;
const device = (id: string): Device => ({ id, freeMemory: () => Promise.resolve(free) });

test('one training a device; the preferred one if it is free; released once', () => {
  const broker = createDeviceBroker([device('gpu:0'), device('gpu:1')]);
  const first = broker.tryTrain('a', 'gpu:1')!;
  expect(first.device).toBe('gpu:1');
  const second = broker.tryTrain('b', 'gpu:1')!;
  expect(second.device).toBe('gpu:0');
  expect(broker.tryTrain('c')).toBeNull();
  let told = 0;
  broker.onRelease(() => told++);
  first.release();
  first.release();
  expect(told).toBe(1);
  expect(broker.tryTrain('c')!.device).toBe('gpu:1');
  expect(broker.training()).toEqual([
    { device: 'gpu:0', label: 'b' },
    { device: 'gpu:1', label: 'c' },
  ]);
});

test('a training of a main before this one keeps its device', () => {
  const broker = createDeviceBroker([device('cpu')]);
  const there = broker.trainsAlready('old', null);
  expect(broker.tryTrain('new')).toBeNull();
  there.release();
  expect(broker.tryTrain('new')).not.toBeNull();
});

test('a prediction runs alone at once, beside a training when it fits, and else waits and says so', async () => {
  const broker = createDeviceBroker([device('cpu')], 100 * MIB);
  (await broker.infer({ label: 'p', memory: null })).release();
  const training = broker.tryTrain('pets')!;
  free = 500 * MIB;
  expect((await broker.infer({ label: 'p', memory: 400 * MIB })).device).toBe('cpu');
  const told: string[] = [];
  const waiting = broker.infer({ label: 'p', memory: 401 * MIB, onWait: (reason) => told.push(reason) });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(told).toEqual(['Waiting for memory: it needs 401 MiB, and pets trains on cpu.']);
  training.release();
  expect((await waiting).device).toBe('cpu');
});

test('what nobody can measure waits for the training to end; and may give up', async () => {
  const broker = createDeviceBroker([device('cpu')]);
  broker.tryTrain('pets');
  free = null;
  const abort = new AbortController();
  const waiting = broker.infer({ label: 'p', memory: null, signal: abort.signal });
  setTimeout(() => abort.abort(), 30);
  await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
});
