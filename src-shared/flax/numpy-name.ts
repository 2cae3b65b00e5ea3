import type { Dtype, DtypeName } from '../checkpoints/npy-dtype.ts';

/** Bytes of an element by numpy's name of the type, as flax writes it. */
const ITEM_SIZES: Readonly<Record<string, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
  complex64: 8,
  complex128: 16,
};

const WEIGHTS: readonly DtypeName[] = ['float32', 'bfloat16', 'float16', 'float64'];
const INTEGERS: readonly DtypeName[] = ['int64', 'int32', 'int16', 'int8', 'uint64', 'uint32', 'uint16', 'uint8'];

/** Undefined for a type that isn't known. */
export function itemSizeOfName(name: string): number | undefined {
  return Object.hasOwn(ITEM_SIZES, name) ? ITEM_SIZES[name] : undefined;
}

/** How to read the numbers of a type that weights come in; undefined for integers and what isn't read. */
export function weightDtypeOfName(name: string): Dtype | undefined {
  return dtypeAmong(WEIGHTS, name);
}

export function integerDtypeOfName(name: string): Dtype | undefined {
  return dtypeAmong(INTEGERS, name);
}

function dtypeAmong(names: readonly DtypeName[], name: string): Dtype | undefined {
  const found = names.find((known) => known === name);
  return found && { name: found, itemSize: ITEM_SIZES[found]!, bigEndian: false };
}
