/** Thrown where bytes end or make no sense; whoever knows the file turns it into its error. */
export class DamagedBytes extends Error {
  override name = 'DamagedBytes';
}

/** Reads numbers and columns of numbers, one after the other, as OCDBT writes them. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.byteLength - this.#at;
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new DamagedBytes('it ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  uint8(): number {
    return this.take(1)[0]!;
  }

  uint32be(): number {
    this.take(4);
    return this.#view.getUint32(this.#at - 4);
  }

  /** Up to 2^53. */
  uint64le(): number {
    this.take(8);
    return safe(Number(this.#view.getBigUint64(this.#at - 8, true)));
  }

  /** Seven bits a byte, the lowest first; up to 2^53. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 63; scale *= 128) {
      const byte = this.uint8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return safe(value);
    }
    throw new DamagedBytes('it holds a number without an end');
  }

  /** A column of that many; each takes a byte at least. */
  varints(count: number): number[] {
    this.expectItems(count);
    return Array.from({ length: count }, () => this.varint());
  }

  uint8s(count: number): number[] {
    return [...this.take(count)];
  }

  /** @throws DamagedBytes where fewer bytes are left than items are promised */
  expectItems(count: number): void {
    if (count > this.left) throw new DamagedBytes('it promises more entries than it has bytes');
  }

  /**
   * Texts that share their beginning with the one before, as columns: lengths shared, lengths of the rest, any columns
   * of the caller's between them, the rest itself.
   */
  texts<T>(count: number, between: (count: number) => T): { texts: string[]; between: T } {
    const shared = [0, ...this.varints(Math.max(0, count - 1))];
    const rest = this.varints(count);
    const columns = between(count);
    const decoder = new TextDecoder('latin1');
    const texts: string[] = [];
    for (let i = 0; i < count; i++) {
      const before = texts[i - 1] ?? '';
      if (shared[i]! > before.length) throw new DamagedBytes('a name in it shares more than there is');
      if (shared[i]! + rest[i]! > MAX_TEXT) throw new DamagedBytes(`a name in it is longer than ${MAX_TEXT} bytes`);
      texts.push(before.slice(0, shared[i]) + decoder.decode(this.take(rest[i]!)));
    }
    return { texts, between: columns };
  }
}

const MAX_TEXT = 4096;

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) throw new DamagedBytes('it holds a number beyond 2^53');
  return value;
}
