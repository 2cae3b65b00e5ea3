/** 64 bits of each image: the upper and the lower half, [N] each. */
export interface Hashes {
  high: Uint32Array;
  low: Uint32Array;
}

/**
 * All pairs of hashes that differ in at most `distance` bits. The 64 bits are cut into distance + 1 pieces: two hashes
 * that near agree in one of them whole (multi-index hashing, Norouzi et al. 2012), so only those are compared. With
 * N hashes that are spread evenly the work is N² / 2^(64 / (distance + 1)), instead of N².
 * @param take is told each pair once, i < j
 */
export function nearPairs({ high, low }: Hashes, distance: number, take: (i: number, j: number) => void): void {
  const pieces = distance + 1;
  const bounds = Array.from({ length: pieces + 1 }, (_, k) => Math.floor((64 * k) / pieces));
  const pieceOf = (i: number, k: number): number => bits(high[i]!, low[i]!, [bounds[k]!, bounds[k + 1]!]);
  for (let k = 0; k < pieces; k++) {
    const buckets = new Map<number, number[]>();
    for (let i = 0; i < high.length; i++) {
      const piece = pieceOf(i, k);
      const bucket = buckets.get(piece);
      if (bucket === undefined) {
        buckets.set(piece, [i]);
        continue;
      }
      for (const j of bucket) {
        if (bitsSet(high[i]! ^ high[j]!) + bitsSet(low[i]! ^ low[j]!) > distance) continue;
        // A pair that agrees in an earlier piece was told then.
        let earlier = 0;
        while (earlier < k && pieceOf(i, earlier) !== pieceOf(j, earlier)) earlier++;
        if (earlier === k) take(j, i);
      }
      bucket.push(i);
    }
  }
}

/** Bits from … to, counted from the highest; at most 32 of them. A number above 2^32 never comes of it. */
function bits(high: number, low: number, [from, to]: readonly [number, number]): number {
  const upper = from < 32 ? ((high << from) >>> from) >>> (32 - Math.min(32, to)) : 0;
  if (to <= 32) return upper;
  const lower = (low >>> (64 - to)) & (from >= 32 ? mask(to - from) : mask(to - 32));
  return from >= 32 ? lower >>> 0 : upper * 2 ** (to - 32) + (lower >>> 0);
}

function mask(count: number): number {
  return count >= 32 ? 0xffffffff : 2 ** count - 1;
}

/** Ones in 32 bits. */
export function bitsSet(value: number): number {
  let x = value - ((value >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
