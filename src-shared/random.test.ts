import { describe, expect, it } from 'vitest';
import { hashOrder, keyOf, philox4x32, randomFromPair, randomStream, STREAM } from './random.ts';

describe('Philox4x32-10', () => {
  // The known answers that Random123 ships (kat_vectors, "philox 4 32 10").
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as [[number, number, number, number], [number, number], number[]][])('counter %j', (counter, key, expected) => {
    expect(philox4x32(counter, key)).toEqual(expected);
  });
});

describe('streams', () => {
  it('differ by seed, stream and epoch, and repeat', () => {
    const first = (seed: number, stream: number, epoch: number) => randomStream(seed, stream, epoch).uint32();
    const values = [first(0, 1, 0), first(1, 1, 0), first(2 ** 32, 1, 0), first(0, 2, 0), first(0, 1, 1)];
    expect(new Set(values).size).toBe(5);
    expect(first(0, 1, 0)).toBe(values[0]);
    expect(values[0]).toBe(philox4x32([0, 0, 1, 0], [0, 0])[0]);
  });

  it('draw evenly below n', () => {
    const source = randomStream(7, STREAM.order);
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) counts[source.below(6)]!++;
    // Binomial standard deviation is 91; five of them.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(460);
  });

  it('draw floats in [0, 1) with mean 1/2', () => {
    const source = randomFromPair([-5, 17]);
    let sum = 0;
    for (let i = 0; i < 40_000; i++) {
      const x = source.float();
      expect(x >= 0 && x < 1).toBe(true);
      sum += x;
    }
    expect(Math.abs(sum / 40_000 - 0.5)).toBeLessThan(0.0075);
  });

  it('refuse seeds that are no whole number', () => {
    for (const seed of [-1, 0.5, NaN, 2 ** 53]) expect(() => keyOf(seed)).toThrow(RangeError);
    expect(keyOf(2 ** 53 - 1)).toEqual([0xffffffff, 0x1fffff]);
  });
});

describe('hashOrder', () => {
  it('keeps the order of the others when one is added', () => {
    const names = Array.from({ length: 500 }, (_, i) => `image-${i}.jpg`);
    const before = hashOrder(names, 3, STREAM.split).map((i) => names[i]);
    const more = ['new.jpg', ...names];
    const after = hashOrder(more, 3, STREAM.split)
      .map((i) => more[i])
      .filter((name) => name !== 'new.jpg');
    expect(after).toEqual(before);
    expect(before).not.toEqual(names);
    expect(hashOrder(names, 4, STREAM.split).map((i) => names[i])).not.toEqual(before);
  });
});
