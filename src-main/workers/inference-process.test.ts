import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ScoreInput } from '../../src-shared/contract/worker.ts';
import { createInferenceProcess } from './inference-process.ts';
import type { InferenceProcess } from './inference-process.ts';
import { isRunning } from './process-liveness.ts';
import { runWorker } from './run-worker.ts';

const CHECKPOINT = join(import.meta.dirname, '../../resources/demo/digits-vit.npz');
const IMAGE = join(import.meta.dirname, '../../bench/goldens/preprocess/jpeg_rgb_landscape/image.jpg');
const never = new AbortController().signal;

let folder: string;
let inference: InferenceProcess;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'vitrine-inference-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => inference.close());

const start = (idle?: number) => (inference = createInferenceProcess({ environment: async () => process.env, idle }));

function job(images: number, name = 'logits'): ScoreInput {
  const paths = Array.from({ length: images }, () => IMAGE);
  return {
    checkpoint: CHECKPOINT,
    allowNan: false,
    described: null,
    fingerprints: null,
    images: { paths, labels: paths.map(() => -1) },
    batch: 32,
    logitsPath: join(folder, name),
  };
}

function logits(name = 'logits'): number[] {
  const bytes = readFileSync(join(folder, name));
  return [...new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)];
}

async function gone(pid: number): Promise<void> {
  for (let i = 0; i < 200 && isRunning(pid); i++) await setTimeout(20);
  expect(isRunning(pid)).toBe(false);
}

test('it begins with the first call, stays, and gives what a process of its own gives', async () => {
  start();
  expect(inference.pid()).toBeNull();
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    const began = performance.now();
    const result = await inference.score(job(2), never);
    times.push(performance.now() - began);
    expect(result).toMatchObject({ scored: 2, numClasses: 10 });
  }
  const pid = inference.pid()!;
  // Neither engine nor checkpoint nor program is loaded again.
  expect(times[2]!).toBeLessThan(times[0]! / 2);
  const resident = logits();
  await runWorker('score', job(2, 'own'), { environment: process.env });
  logits('own').forEach((z, i) => expect(resident[i]).toBeCloseTo(z, 4));
  inference.close();
  await gone(pid);
});

test('calls wait for one another, each with its own result; one that is given up takes no other along', async () => {
  start();
  const abort = new AbortController();
  const calls = [1, 3, 9].map((images) => inference.score(job(images, `n${images}`), never));
  const givenUp = inference.score(job(2), abort.signal);
  abort.abort();
  await expect(givenUp).rejects.toMatchObject({ code: 'interrupted' });
  expect((await Promise.all(calls)).map(({ scored }) => scored)).toEqual([1, 3, 9]);
  for (const images of [1, 3, 9]) expect(logits(`n${images}`)).toHaveLength(10 * images);
  await expect(inference.score({ ...job(1), checkpoint: join(folder, 'none.npz') }, never)).rejects.toMatchObject({
    code: 'not_found',
  });
  expect((await inference.score(job(1), never)).scored).toBe(1);
});

test('a process that dies fails its call with a sentence; the next call has another process', async () => {
  start();
  await inference.score(job(1), never);
  const pid = inference.pid()!;
  const failed = inference.score(job(200), never);
  failed.catch(() => {});
  await setTimeout(5);
  process.kill(pid, 'SIGKILL');
  await expect(failed).rejects.toMatchObject({ code: 'engine', message: expect.stringContaining('SIGKILL') as string });
  expect((await inference.score(job(1), never)).scored).toBe(1);
  expect(inference.pid()).not.toBe(pid);
});

test('nobody asks for a while: it ends, and begins again when somebody does', async () => {
  start(200);
  await inference.score(job(1), never);
  const pid = inference.pid()!;
  await gone(pid);
  expect(inference.pid()).toBeNull();
  expect((await inference.score(job(1), never)).scored).toBe(1);
  inference.close();
  await expect(inference.score(job(1), never)).rejects.toMatchObject({ code: 'interrupted' });
});
