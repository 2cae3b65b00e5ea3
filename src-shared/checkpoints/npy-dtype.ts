/** The number types of numpy that are read, by the words that people use. */
export type DtypeName =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool';

export interface Dtype {
  readonly name: DtypeName;
  /** Bytes of an element. */
  readonly itemSize: number;
  readonly bigEndian: boolean;
}

const BY_CODE: Readonly<Record<string, DtypeName>> = {
  f8: 'float64',
  f4: 'float32',
  f2: 'float16',
  V2: 'bfloat16', // how numpy saves ml_dtypes' bfloat16: two opaque bytes
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

/** numpy's `descr` string, e.g. `<f4`; undefined for what isn't read (objects, strings, complex, …). */
export function parseDtype(descr: string): Dtype | undefined {
  const match = /^([<>|=])([a-zA-Z]\d+)$/.exec(descr);
  const name = match ? BY_CODE[match[2]!] : undefined;
  if (!match || name === undefined) return undefined;
  return { name, itemSize: Number(match[2]!.slice(1)), bigEndian: match[1] === '>' };
}

export interface DecodeTarget {
  out: Float32Array | Float64Array;
  /** Index in `out` of the first element. */
  start: number;
}

/**
 * Converts little-endian elements to numbers. Reversing big-endian bytes is done first, see `swapBytes`.
 * 64-bit integers beyond 2^53 are rounded, as are float64 values in a Float32Array.
 * @param bytes a whole number of elements, at an offset that is a multiple of 8
 */
export function decodeInto(bytes: Uint8Array, dtype: Dtype, target: DecodeTarget): void {
  const { out, start } = target;
  const count = bytes.byteLength / dtype.itemSize;
  const args = [bytes.buffer as ArrayBuffer, bytes.byteOffset, count] as const;
  switch (dtype.name) {
    case 'float64':
      return out.set(new Float64Array(...args), start);
    case 'float32':
      return out.set(new Float32Array(...args), start);
    case 'float16': {
      const bits = new Uint16Array(...args);
      for (let i = 0; i < count; i++) out[start + i] = halfToNumber(bits[i]!);
      return;
    }
    case 'bfloat16': {
      const bits = new Uint16Array(...args);
      const wide = new Uint32Array(1);
      const value = new Float32Array(wide.buffer);
      for (let i = 0; i < count; i++) {
        wide[0] = bits[i]! << 16;
        out[start + i] = value[0]!;
      }
      return;
    }
    case 'int8':
      return out.set(new Int8Array(...args), start);
    case 'int16':
      return out.set(new Int16Array(...args), start);
    case 'int32':
      return out.set(new Int32Array(...args), start);
    case 'uint8':
      return out.set(new Uint8Array(...args), start);
    case 'uint16':
      return out.set(new Uint16Array(...args), start);
    case 'uint32':
      return out.set(new Uint32Array(...args), start);
    case 'int64': {
      const values = new BigInt64Array(...args);
      for (let i = 0; i < count; i++) out[start + i] = Number(values[i]);
      return;
    }
    case 'uint64': {
      const values = new BigUint64Array(...args);
      for (let i = 0; i < count; i++) out[start + i] = Number(values[i]);
      return;
    }
    case 'bool': {
      const values = new Uint8Array(...args);
      for (let i = 0; i < count; i++) out[start + i] = values[i] === 0 ? 0 : 1;
    }
  }
}

/** Reverses the bytes of each element, in place. */
export function swapBytes(bytes: Uint8Array, itemSize: number): void {
  for (let at = 0; at + itemSize <= bytes.length; at += itemSize) bytes.subarray(at, at + itemSize).reverse();
}

/** IEEE 754 binary16. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
