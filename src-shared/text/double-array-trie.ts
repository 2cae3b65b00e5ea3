/**
 * A double-array trie of byte strings, as the library Darts-clone lays it out: one little-endian uint32 a node with
 * label, offset and whether a value follows. Nothing is trusted: a step outside the array ends the search.
 */
export class DoubleArrayTrie {
  readonly #units: Uint32Array;

  /** @param bytes a multiple of 4 */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#units = Uint32Array.from({ length: bytes.length >> 2 }, (_, i) => view.getUint32(4 * i, true));
  }

  /** The longest key that `text` has at `from`, and its value; null where there is none. */
  longestMatch(text: Uint8Array, from: number): { length: number; value: number } | null {
    let found: { length: number; value: number } | null = null;
    let node = offsetOf(this.#units[0] ?? 0);
    for (let i = from; i < text.length; i++) {
      node ^= text[i]!;
      const unit = this.#units[node];
      if (unit === undefined || (unit & 0x800000ff) !== text[i]) return found;
      node ^= offsetOf(unit);
      if (unit & 0x100) {
        const leaf = this.#units[node];
        if (leaf === undefined) return found;
        found = { length: i - from + 1, value: leaf & 0x7fffffff };
      }
    }
    return found;
  }
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}
