import type { Dtype, DtypeName } from '../checkpoints/npy-dtype.ts';

/** Number types by the format's names. Those without a `read` name are known in size only. */
const DTYPES: Readonly<Record<string, { bytes: number; read?: DtypeName }>> = {
  F64: { bytes: 8, read: 'float64' },
  F32: { bytes: 4, read: 'float32' },
  F16: { bytes: 2, read: 'float16' },
  BF16: { bytes: 2, read: 'bfloat16' },
  I64: { bytes: 8 },
  I32: { bytes: 4 },
  I16: { bytes: 2 },
  I8: { bytes: 1 },
  U64: { bytes: 8 },
  U32: { bytes: 4 },
  U16: { bytes: 2 },
  U8: { bytes: 1 },
  BOOL: { bytes: 1 },
  F8_E5M2: { bytes: 1 },
  F8_E4M3: { bytes: 1 },
  C64: { bytes: 8 },
};

const WORDS: Readonly<Record<string, string>> = { F: 'float', I: 'int', U: 'uint' };

/** Bytes of an element; undefined for a type that isn't known. */
export function itemSizeOf(dtype: string): number | undefined {
  return Object.hasOwn(DTYPES, dtype) ? DTYPES[dtype]!.bytes : undefined;
}

/** How to read the numbers of a type that weights come in; undefined for integers and what isn't read. */
export function weightDtype(dtype: string): Dtype | undefined {
  const found = Object.hasOwn(DTYPES, dtype) ? DTYPES[dtype] : undefined;
  return found?.read === undefined ? undefined : { name: found.read, itemSize: found.bytes, bigEndian: false };
}

/** The format's name in the words used elsewhere: `F32` is `float32`, `I64` is `int64`. */
export function dtypeInWords(dtype: string): string {
  const read = weightDtype(dtype)?.name;
  if (read !== undefined) return read;
  const match = /^([FIU])(\d+)$/.exec(dtype);
  return match ? `${WORDS[match[1]!]}${match[2]}` : dtype.toLowerCase();
}
