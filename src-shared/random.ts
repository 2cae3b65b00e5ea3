/**
 * Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 * A block of four numbers is a pure function of (counter, key): any position of any stream is reached without what
 * came before, which is what lets a run resume at any image. It is also TensorFlow's stateless generator.
 */
export type Philox4 = [number, number, number, number];

/** Streams keep draws for different purposes apart under one seed. Numbers are part of the format: never renumber. */
export const STREAM = { order: 1, image: 2, split: 3, slice: 4, init: 5, dropout: 6, mix: 7 } as const;

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** High 32 bits of the 64-bit product of two unsigned 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const mid = ah * bl + ((al * bl) >>> 16);
  const cross = al * bh + (mid & 0xffff);
  return (ah * bh + Math.floor(mid / 0x10000) + Math.floor(cross / 0x10000)) >>> 0;
}

/** One block: four unsigned 32-bit numbers. Counter words are least significant first, as in Random123. */
export function philox4x32(counter: Readonly<Philox4>, key: readonly [number, number]): Philox4 {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const hi0 = mulHigh(M0, c0);
    const lo0 = Math.imul(M0, c0) >>> 0;
    const hi1 = mulHigh(M1, c2);
    const lo1 = Math.imul(M1, c2) >>> 0;
    c0 = (hi1 ^ c1 ^ k0) >>> 0;
    c2 = (hi0 ^ c3 ^ k1) >>> 0;
    c1 = lo1;
    c3 = lo0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** A seed as a key: a whole number of at most 53 bits, its low and high words. Throws RangeError on others. */
export function keyOf(seed: number): [number, number] {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`A seed is a whole number from 0 to 2^53 - 1, not ${seed}.`);
  return [seed >>> 0, Math.floor(seed / 0x100000000)];
}

export interface RandomSource {
  /** Uniform over the unsigned 32-bit numbers. */
  uint32(): number;
  /** Uniform over 0 … n - 1, without bias; n from 1 to 2^32. */
  below(n: number): number;
  /** Uniform in [0, 1), 24 bits: exact in float32. */
  float(): number;
}

/** The numbers of one stream in order. Counter: (block, epoch, stream, 0). */
export function randomStream(seed: number, stream: number, epoch = 0): RandomSource {
  return fromBlocks(keyOf(seed), (block) => [block, epoch >>> 0, stream, 0]);
}

/** The numbers that belong to one two-int32 seed, as `planRange` gives each image. */
export function randomFromPair(seed: readonly [number, number]): RandomSource {
  return fromBlocks([seed[0] >>> 0, seed[1] >>> 0], (block) => [block, 0, 0, 0]);
}

function fromBlocks(key: readonly [number, number], counterOf: (block: number) => Philox4): RandomSource {
  let block = 0;
  let buffer: Philox4 = [0, 0, 0, 0];
  let used = 4;
  const uint32 = (): number => {
    if (used === 4) {
      buffer = philox4x32(counterOf(block++), key);
      used = 0;
    }
    return buffer[used++]!;
  };
  return {
    uint32,
    below(n) {
      // The numbers below `limit` fall evenly on n values; the rest are drawn again.
      const limit = 0x100000000 - (0x100000000 % n);
      let x = uint32();
      while (x >= limit) x = uint32();
      return x % n;
    },
    float: () => (uint32() >>> 8) / 0x1000000,
  };
}

/** FNV-1a, 32 bits, over UTF-16 units: names to numbers, not a defence against an adversary. */
export function fnv1a(text: string, start = 0x811c9dc5): number {
  let h = start >>> 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    h = Math.imul(h ^ (unit & 0xff), 0x01000193);
    h = Math.imul(h ^ (unit >>> 8), 0x01000193);
  }
  return h >>> 0;
}

/** The texts in an order that depends on (seed, stream) and each text alone; adding one moves none of the others. */
export function hashOrder(texts: readonly string[], seed: number, stream: number): number[] {
  const key = keyOf(seed);
  const ranks = texts.map((text) => philox4x32([fnv1a(text), fnv1a(text, 0x9747b28c), stream, 1], key));
  const order = texts.map((_, i) => i);
  return order.sort((i, j) => {
    const a = ranks[i]!;
    const b = ranks[j]!;
    return a[0] - b[0] || a[1] - b[1] || (texts[i]! < texts[j]! ? -1 : texts[i]! > texts[j]! ? 1 : 0);
  });
}
