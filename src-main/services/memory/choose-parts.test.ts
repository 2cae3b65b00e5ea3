import { describe, expect, test } from 'vitest';
import { chooseParts, type PartsQuestions } from './choose-parts.ts';

const POSSIBLE = [1, 2, 4, 8, 16];
const FREE = 1000;

/** A machine on which a step of 16 images less than `per` bytes each, and 100 however many. */
function machine({ per, truly = per, out = Infinity }: { per: number; truly?: number; out?: number }) {
  const tried: number[] = [];
  let factor: number | null = null;
  const bytesOf = (parts: number, per: number): number => 100 + (16 / parts) * per;
  const questions: PartsQuestions = {
    free: async () => FREE,
    estimate: (parts) => ({ bytes: bytesOf(parts, per * (factor ?? 1)), measured: factor !== null }),
    async probe(parts) {
      tried.push(parts);
      const bytes = bytesOf(parts, truly);
      if (bytes > out) return null;
      factor = truly / per;
      return bytes;
    },
  };
  return { tried, questions };
}

describe('the smallest number of parts that fits', () => {
  test('is that of the estimate where its step takes what was estimated', async () => {
    const { tried, questions } = machine({ per: 100 }); // 1700, 900 (tight), 500
    expect(await chooseParts(POSSIBLE, questions)).toEqual({
      chosen: { parts: 4, bytes: 500, freeBytes: FREE, probed: true },
    });
    expect(tried).toEqual([4]);
    expect(await chooseParts([1], machine({ per: 40 }).questions)).toMatchObject({ chosen: { parts: 1 } });
  });

  test('never goes below the first, which is what the configuration says', async () => {
    expect(await chooseParts([8, 16], machine({ per: 1 }).questions)).toMatchObject({ chosen: { parts: 8 } });
  });

  test('is looked for with what a step has taught, where that took more', async () => {
    const { tried, questions } = machine({ per: 40, truly: 210 }); // by estimate one part (740), truly 3460
    expect(await chooseParts(POSSIBLE, questions)).toMatchObject({ chosen: { parts: 8, bytes: 520 } });
    expect(tried).toEqual([1, 8]); // 4 would take 940, and a tenth is to stay free
  });

  test('has half the images where memory ran out, as nothing else was learnt', async () => {
    const { tried, questions } = machine({ per: 40, truly: 200, out: 1000 });
    expect(await chooseParts(POSSIBLE, questions)).toMatchObject({ chosen: { parts: 4 } });
    expect(tried).toEqual([1, 2, 4]);
  });

  test('is estimated alone where steps are not measured', async () => {
    const questions = { ...machine({ per: 100 }).questions, probe: null };
    expect(await chooseParts(POSSIBLE, questions)).toEqual({
      chosen: { parts: 4, bytes: 500, freeBytes: FREE, probed: false },
    });
  });

  test('is the most, tightly, where there is no more', async () => {
    const { tried, questions } = machine({ per: 850, truly: 870 });
    expect(await chooseParts(POSSIBLE, questions)).toMatchObject({ chosen: { parts: 16, bytes: 970 } });
    expect(tried).toEqual([16]);
  });
});

describe('none fits', () => {
  test('by the estimate: nothing is run', async () => {
    const { tried, questions } = machine({ per: 1000 });
    expect(await chooseParts(POSSIBLE, questions)).toEqual({
      nothing: { parts: 16, bytes: 1100, freeBytes: FREE, probed: false },
    });
    expect(tried).toEqual([]);
  });

  test('by what its steps take', async () => {
    const { tried, questions } = machine({ per: 300, truly: 1200 }); // by estimate 8 parts
    expect(await chooseParts(POSSIBLE, questions)).toMatchObject({ nothing: { parts: 16, probed: false } });
    expect(tried).toEqual([8]);
    expect(await chooseParts([16], machine({ per: 300, truly: 1200 }).questions)).toMatchObject({
      nothing: { bytes: 1300, probed: true },
    });
  });

  test('as memory runs out each time', async () => {
    const { tried, questions } = machine({ per: 40, out: 0 });
    expect(await chooseParts(POSSIBLE, questions)).toMatchObject({ nothing: { parts: 16, bytes: null, probed: true } });
    expect(tried).toEqual(POSSIBLE);
  });
});

test('what is free is asked for anew before each step', async () => {
  const { tried, questions } = machine({ per: 100 });
  let free = FREE;
  const shrinking: PartsQuestions = {
    ...questions,
    free: async () => {
      free /= 2;
      return 2 * free;
    },
    async probe(parts) {
      tried.push(parts);
      return 10_000;
    },
  };
  expect(await chooseParts(POSSIBLE, shrinking)).toMatchObject({
    nothing: { parts: 16, freeBytes: 250, probed: true },
  });
  expect(tried).toEqual([4, 8, 16]);
});
