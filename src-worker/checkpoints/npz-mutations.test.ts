import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AppError } from '../../src-shared/errors.ts';
import { openNpz } from './npz-file.ts';

const TESTDATA = new URL('testdata/', import.meta.url).pathname;
const MUTATIONS = 2000;

/** mulberry32: a small seeded generator, so that a failure can be repeated. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff];

function mutate(original: Buffer, random: (below: number) => number): Buffer {
  const bytes = Buffer.from(original);
  // Half of the hits go to the directory at the end, where sizes and offsets are.
  const anywhere = (): number =>
    random(2) ? random(bytes.length) : Math.max(0, bytes.length - 1 - random(Math.min(bytes.length, 900)));
  const at = anywhere();
  switch (random(8)) {
    case 0: // bit flips
      for (let n = 1 + random(3); n > 0; n--) bytes[anywhere()]! ^= 1 << random(8);
      return bytes;
    case 1:
      bytes[at] = EXTREMES[random(EXTREMES.length)]!;
      return bytes;
    case 2: // a field of ones or zeros
      return bytes.fill(random(2) ? 0xff : 0, at, Math.min(bytes.length, at + (1 << random(4))));
    case 3:
      return bytes.subarray(0, at);
    case 4:
      return bytes.subarray(at);
    case 5:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(64))]);
    case 6: // a piece inserted from elsewhere
      return Buffer.concat([
        bytes.subarray(0, at),
        bytes.subarray(anywhere()).subarray(0, 1 + random(128)),
        bytes.subarray(at),
      ]);
    default: // a piece copied over another
      bytes.copy(bytes, at, random(bytes.length), bytes.length);
      return bytes;
  }
}

type Arrays = Map<string, { shape: readonly number[]; bits: Buffer }>;

async function readAll(path: string): Promise<Arrays> {
  const npz = await openNpz(path);
  try {
    const arrays: Arrays = new Map();
    for (const { name } of npz.entries) {
      const { shape, data } = await npz.read(name, { bfloat16: true });
      arrays.set(name, { shape, bits: Buffer.from(data.buffer) });
    }
    return arrays;
  } finally {
    await npz.close();
  }
}

/** Runs something and tells the largest single allocation of a typed array or buffer, in bytes. */
async function largestAllocation(action: () => Promise<void>): Promise<number> {
  let largest = 0;
  const names = ['Uint8Array', 'Float32Array', 'Float64Array', 'ArrayBuffer'] as const;
  const originals = names.map((name) => globalThis[name]);
  names.forEach((name, i) => {
    const watched = new Proxy(originals[i]!, {
      construct(target, args: unknown[], newTarget) {
        const bytesEach = (target as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
        if (typeof args[0] === 'number') largest = Math.max(largest, args[0] * bytesEach);
        return Reflect.construct(target, args, newTarget) as object;
      },
    });
    Object.defineProperty(globalThis, name, { value: watched, writable: true, configurable: true });
  });
  try {
    await action();
  } finally {
    names.forEach((name, i) =>
      Object.defineProperty(globalThis, name, { value: originals[i], writable: true, configurable: true }),
    );
  }
  return largest;
}

it(`${MUTATIONS} damaged files each end in an AppError or in the right numbers, and never in a large allocation`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-mutations-'));
  const path = join(folder, 'mutated.npz');
  const originals = await Promise.all(
    ['stored.npz', 'compressed.npz', 'streamed.npz', 'float32.npz'].map(async (file) => ({
      bytes: await readFile(join(TESTDATA, file)),
      arrays: await readAll(join(TESTDATA, file)),
    })),
  );
  const openFiles = (): number => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);
  const openBefore = openFiles();
  let largest = 0;
  const outcomes = { refused: 0, correct: 0 };
  for (let seed = 0; seed < MUTATIONS; seed++) {
    const original = originals[seed % originals.length]!;
    const mutated = mutate(original.bytes, generator(seed));
    await writeFile(path, mutated);
    const allocated = await largestAllocation(async () => {
      try {
        const arrays = await readAll(path);
        expect(arrays, `seed ${seed} loads with other content`).toEqual(original.arrays);
        outcomes.correct++;
      } catch (error) {
        if (!(error instanceof AppError)) throw new Error(`seed ${seed}`, { cause: error });
        expect(error.code, `seed ${seed}`).toBe('bad_checkpoint');
        expect(error.message, `seed ${seed}`).toContain(path);
        outcomes.refused++;
      }
    });
    largest = Math.max(largest, allocated);
    expect(allocated, `seed ${seed} allocates`).toBeLessThanOrEqual(Math.max(3 * mutated.length, 4096));
  }
  expect(outcomes.refused).toBeGreaterThan(MUTATIONS / 2);
  expect(outcomes.correct).toBeGreaterThan(0); // e.g. a date changed
  expect(largest).toBeGreaterThan(256); // the watch sees allocations
  expect(openFiles()).toBeLessThanOrEqual(openBefore + 2);
  await rm(folder, { recursive: true });
}, 60_000);
