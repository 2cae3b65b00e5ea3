import type { Fail } from '../checkpoints/checkpoint-error.ts';
import type { RandomAccess } from '../checkpoints/random-access.ts';

/** A value, or for what holds bytes its place: the cursor then stands at the first of them. */
export type MsgpackToken =
  | { kind: 'map' | 'array'; count: number }
  | { kind: 'text' | 'bytes'; length: number }
  | { kind: 'ext'; type: number; length: number }
  | { kind: 'int' | 'float'; value: number }
  | { kind: 'bool'; value: boolean }
  | { kind: 'nil' };

/** Bytes read at a time; arrays are stepped over, so little more than their headers is read. */
const WINDOW = 16 << 10;
/** Bytes of the number, or of the length, that follows a type byte; those that aren't here have none. */
const WIDTHS: Readonly<Record<number, number>> = {
  ...{ 0xc4: 1, 0xc5: 2, 0xc6: 4 }, // bytes
  ...{ 0xc7: 1, 0xc8: 2, 0xc9: 4 }, // extensions
  ...{ 0xca: 4, 0xcb: 8 }, // floats
  ...{ 0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8, 0xd0: 1, 0xd1: 2, 0xd2: 4, 0xd3: 8 }, // integers
  ...{ 0xd9: 1, 0xda: 2, 0xdb: 4 }, // texts
  ...{ 0xdc: 2, 0xdd: 4, 0xde: 2, 0xdf: 4 }, // arrays, maps
};
const TRUNCATED = 'it ends before its data do: it is truncated.';

/**
 * Walks a msgpack document of any size without holding it. Each length and count is held against the bytes that are
 * left before it is believed.
 * Source: the msgpack specification.
 */
export class MsgpackCursor {
  readonly #file: RandomAccess;
  readonly #fail: Fail;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart = 0;
  #position = 0;

  constructor(file: RandomAccess, fail: Fail) {
    this.#file = file;
    this.#fail = fail;
  }

  get position(): number {
    return this.#position;
  }

  /** @throws what `fail` makes: the file ends, or a byte that msgpack never uses */
  async token(): Promise<MsgpackToken> {
    const [type] = (await this.#next(1)) as unknown as [number];
    this.#position += 1;
    const width = WIDTHS[type] ?? 0;
    const bytes = await this.#next(width);
    const view = new DataView(bytes.buffer, bytes.byteOffset, width);
    this.#position += width;
    if (type <= 0x7f) return { kind: 'int', value: type };
    if (type <= 0x8f) return this.#counted('map', type & 0x0f);
    if (type <= 0x9f) return this.#counted('array', type & 0x0f);
    if (type <= 0xbf) return this.#sized({ kind: 'text', length: type & 0x1f });
    if (type >= 0xe0) return { kind: 'int', value: type - 0x100 };
    switch (type) {
      case 0xc0:
        return { kind: 'nil' };
      case 0xc2:
      case 0xc3:
        return { kind: 'bool', value: type === 0xc3 };
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#sized({ kind: 'bytes', length: unsigned(view) });
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#ext(unsigned(view));
      case 0xca:
        return { kind: 'float', value: view.getFloat32(0) };
      case 0xcb:
        return { kind: 'float', value: view.getFloat64(0) };
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return { kind: 'int', value: unsigned(view) };
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3:
        return { kind: 'int', value: signed(view) };
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#ext(1 << (type - 0xd4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#sized({ kind: 'text', length: unsigned(view) });
      case 0xdc:
      case 0xdd:
        return this.#counted('array', unsigned(view));
      case 0xde:
      case 0xdf:
        return this.#counted('map', unsigned(view));
      default:
        throw this.#fail(`it has a byte 0x${type.toString(16)} where msgpack has none: it is damaged.`);
    }
  }

  /** The bytes of a text of at most `most` bytes, as UTF-8. */
  async text(length: number, most: number): Promise<string> {
    if (length > most) throw this.#fail(`it has a name of ${length} bytes; names have at most ${most}.`);
    const bytes = await this.#next(length);
    this.#position += length;
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw this.#fail('a name in it is not UTF-8.', { cause });
    }
  }

  /** Steps over bytes whose length a token gave. */
  skip(length: number): void {
    this.#position += length;
  }

  /** An extension's type stands between its length and its bytes. */
  async #ext(length: number): Promise<MsgpackToken> {
    const [type] = await this.#next(1);
    this.#position += 1;
    return this.#sized({ kind: 'ext', type: (type! << 24) >> 24, length });
  }

  #sized<T extends MsgpackToken & { length: number }>(token: T): T {
    if (token.length > this.#left) throw this.#fail(TRUNCATED);
    return token;
  }

  /** Each item takes a byte at least, each pair of a map two. */
  #counted(kind: 'map' | 'array', count: number): MsgpackToken {
    if (count * (kind === 'map' ? 2 : 1) > this.#left) throw this.#fail(TRUNCATED);
    return { kind, count };
  }

  get #left(): number {
    return this.#file.size - this.#position;
  }

  /** The next bytes; the cursor stays. */
  async #next(length: number): Promise<Uint8Array> {
    if (length > this.#left) throw this.#fail(TRUNCATED);
    let from = this.#position - this.#windowStart;
    if (from < 0 || from + length > this.#window.byteLength) {
      this.#window = await this.#file.read(this.#position, Math.min(WINDOW, this.#left));
      this.#windowStart = this.#position;
      from = 0;
    }
    return this.#window.subarray(from, from + length);
  }
}

/** Of 1, 2, 4 or 8 bytes; rounded beyond 2^53. */
function unsigned(view: DataView): number {
  if (view.byteLength === 1) return view.getUint8(0);
  if (view.byteLength === 2) return view.getUint16(0);
  return view.byteLength === 4 ? view.getUint32(0) : Number(view.getBigUint64(0));
}

function signed(view: DataView): number {
  if (view.byteLength === 1) return view.getInt8(0);
  if (view.byteLength === 2) return view.getInt16(0);
  return view.byteLength === 4 ? view.getInt32(0) : Number(view.getBigInt64(0));
}
