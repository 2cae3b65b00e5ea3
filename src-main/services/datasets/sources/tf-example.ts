import protobuf from 'protobufjs';
import { AppError } from '../../../../src-shared/errors.ts';

/** Where a feature's first bytes lie within an example, or its first number. */
export type Feature = { offset: number; length: number } | { value: number } | null;

/** Numbers of fields in tensorflow/core/example/example.proto and feature.proto. */
const EXAMPLE_FEATURES = 1;
const FEATURES_ENTRY = 1;
const ENTRY = { key: 1, value: 2 };
const FEATURE = { bytes: 1, int64: 3 };
const LIST_VALUE = 1;
/** Wire type of a packed list, and of one number. */
const DELIMITED = 2;

/**
 * The features of a tf.Example that are asked for, without copying images: where bytes are, which number. Absent ones
 * are null. @throws AppError bad_file for what is no example
 */
export function readExample<K extends string>(data: Uint8Array, names: readonly K[]): Record<K, Feature> {
  const found = Object.fromEntries(names.map((name) => [name, null])) as Record<K, Feature>;
  const reader = protobuf.Reader.create(data);
  try {
    fields(reader, reader.len, (field, end) => {
      if (field !== EXAMPLE_FEATURES) return false;
      fields(reader, end, (inner, entryEnd) => {
        if (inner !== FEATURES_ENTRY) return false;
        const [key, feature] = readEntry(reader, entryEnd);
        if (Object.hasOwn(found, key)) found[key as K] = feature;
        return true;
      });
      return true;
    });
  } catch (error) {
    throw new AppError('bad_file', 'The record is no tf.Example.', { cause: error });
  }
  return found;
}

/** Goes through a message: `take` reads a delimited field and says so, everything else is skipped. */
function fields(reader: protobuf.Reader, end: number, take: (field: number, end: number) => boolean): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if ((tag & 7) !== DELIMITED) {
      reader.skipType(tag & 7);
      continue;
    }
    const length = reader.uint32();
    const fieldEnd = reader.pos + length;
    if (fieldEnd > end) throw new RangeError('a field leads out of its message');
    if (!take(tag >>> 3, fieldEnd)) reader.pos = fieldEnd;
    if (reader.pos !== fieldEnd) throw new RangeError('a field has another length than it says');
  }
}

function readEntry(reader: protobuf.Reader, end: number): [string, Feature] {
  let key = '';
  let feature: Feature = null;
  fields(reader, end, (field, fieldEnd) => {
    if (field === ENTRY.key) {
      key = new TextDecoder().decode(reader.buf.subarray(reader.pos, fieldEnd));
      reader.pos = fieldEnd;
      return true;
    }
    if (field !== ENTRY.value) return false;
    fields(reader, fieldEnd, (kind, listEnd) => {
      if (kind === FEATURE.bytes) feature = firstBytes(reader, listEnd);
      else if (kind === FEATURE.int64) feature = firstNumber(reader, listEnd);
      else return false;
      return true;
    });
    return true;
  });
  return [key, feature];
}

function firstBytes(reader: protobuf.Reader, end: number): Feature {
  let first: Feature = null;
  fields(reader, end, (field, valueEnd) => {
    if (field === LIST_VALUE) first ??= { offset: reader.pos, length: valueEnd - reader.pos };
    return false;
  });
  return first;
}

/** Packed, or one number a field. */
function firstNumber(reader: protobuf.Reader, end: number): Feature {
  let first: Feature = null;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if ((tag & 7) === DELIMITED) {
      const length = reader.uint32();
      const listEnd = reader.pos + length;
      if (length > 0) first ??= { value: Number(reader.int64()) };
      reader.pos = listEnd;
    } else if (tag >>> 3 === LIST_VALUE) {
      const value = Number(reader.int64());
      first ??= { value };
    } else reader.skipType(tag & 7);
  }
  return first;
}
