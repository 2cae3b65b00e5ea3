import { describe, expect, it } from 'vitest';
import { createPlan, epochOrder, evalPlan, planAt } from './plan.ts';

describe('the training plan', () => {
  it('shows each image once an epoch, each epoch in another order', () => {
    const { items, epochs } = createPlan({ seed: 42, numItems: 101 }).range(0, 303);
    for (let e = 0; e < 3; e++) {
      const epoch = [...items.subarray(101 * e, 101 * (e + 1))];
      expect(epoch.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 101 }, (_, i) => i));
      expect(new Set(epochs.subarray(101 * e, 101 * (e + 1)))).toEqual(new Set([e]));
    }
    expect(items.subarray(0, 101)).not.toEqual(items.subarray(101, 202));
  });

  it('is the same from any position, in any order of asking', () => {
    const options = { seed: 2 ** 40 + 3, numItems: 37 };
    const whole = createPlan(options).range(0, 200);
    const resumed = createPlan(options).range(61, 100);
    expect(resumed.items).toEqual(whole.items.subarray(61, 161));
    expect(resumed.seeds).toEqual(whole.seeds.subarray(122, 322));
    const plan = createPlan(options);
    for (const position of [150, 3, 75, 74, 0]) {
      const image = plan.at(position);
      expect(image).toEqual(planAt(options, position));
      expect(image.item).toBe(whole.items[position]);
      expect(image.seed).toEqual([...whole.seeds.subarray(2 * position, 2 * position + 2)]);
    }
  });

  it('gives every image of every epoch its own seed, and every run its own plan', () => {
    const { seeds } = createPlan({ seed: 0, numItems: 500 }).range(0, 5000);
    const pairs = new Set(Array.from({ length: 5000 }, (_, i) => `${seeds[2 * i]},${seeds[2 * i + 1]}`));
    expect(pairs.size).toBe(5000);
    expect(createPlan({ seed: 1, numItems: 500 }).range(0, 500).items).not.toEqual(
      createPlan({ seed: 0, numItems: 500 }).range(0, 500).items,
    );
  });

  it('is part of the format: these numbers never change', () => {
    expect([...epochOrder({ seed: 0, numItems: 10 }, 0)]).toMatchInlineSnapshot(`
      [
        2,
        8,
        6,
        0,
        9,
        4,
        5,
        3,
        1,
        7,
      ]
    `);
    expect([...epochOrder({ seed: 7, numItems: 10 }, 3)]).toMatchInlineSnapshot(`
      [
        8,
        6,
        9,
        2,
        5,
        0,
        1,
        3,
        7,
        4,
      ]
    `);
    expect(planAt({ seed: 7, numItems: 10 }, 12345)).toMatchInlineSnapshot(`
      {
        "epoch": 1234,
        "item": 6,
        "seed": [
          1512130044,
          1201872452,
        ],
      }
    `);
  });

  it('puts each image at each place equally often', () => {
    const counts = Array.from({ length: 5 }, () => new Array<number>(5).fill(0));
    for (let e = 0; e < 5000; e++)
      epochOrder({ seed: 9, numItems: 5 }, e).forEach((item, place) => counts[item]![place]!++);
    // Standard deviation 28; five of them.
    for (const row of counts) for (const count of row) expect(Math.abs(count - 1000)).toBeLessThan(142);
  });

  it('refuses what is no position and no set', () => {
    expect(() => createPlan({ seed: 0, numItems: 0 })).toThrow(RangeError);
    expect(() => planAt({ seed: 0, numItems: 1 }, -1)).toThrow(RangeError);
    expect(() => planAt({ seed: 1.5, numItems: 1 }, 0)).toThrow(RangeError);
  });
});

describe('the evaluation plan', () => {
  it.each([
    [10, 4],
    [8, 4],
    [1, 4],
    [0, 4],
    [5, 1],
  ])('scores each of %i images once, batch %i', (n, batch) => {
    const scored: number[] = [];
    for (const { items, mask, count } of evalPlan(n, batch)) {
      expect([items.length, mask.length]).toEqual([batch, batch]);
      expect(mask.reduce((a, b) => a + b, 0)).toBe(count);
      items.forEach((item, i) => {
        expect(item).toBeLessThan(n);
        if (mask[i] === 1) scored.push(item);
      });
    }
    expect(scored).toEqual(Array.from({ length: n }, (_, i) => i));
  });
});
