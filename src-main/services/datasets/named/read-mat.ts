import { inflateSync } from 'node:zlib';
import { AppError } from '../../../../src-shared/errors.ts';

/** Types of data elements in MATLAB's MAT-files of level 5. */
const MATRIX = 14;
const COMPRESSED = 15;
const NUMBERS: Readonly<Record<number, [bytes: number, read: (view: DataView, at: number) => number]>> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [2, (view, at) => view.getUint16(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getUint32(at, true)],
  9: [8, (view, at) => view.getFloat64(at, true)],
};
const HEADER_BYTES = 128;
const MOST_BYTES = 16 << 20;

interface Element {
  type: number;
  data: Uint8Array;
  end: number;
}

/** The numeric matrices of a MAT-file (level 5, little-endian) by name, column-major. @throws AppError bad_file */
export function readMat(file: Uint8Array): Map<string, number[]> {
  const found = new Map<string, number[]>();
  try {
    for (let at = HEADER_BYTES; at < file.length;) {
      let element = elementAt(file, at);
      at = element.end;
      if (element.type === COMPRESSED)
        element = elementAt(inflateSync(element.data, { maxOutputLength: MOST_BYTES }), 0);
      if (element.type !== MATRIX) continue;
      const flags = elementAt(element.data, 0);
      const dimensions = elementAt(element.data, flags.end);
      const name = elementAt(element.data, dimensions.end);
      const values = elementAt(element.data, name.end);
      found.set(new TextDecoder().decode(name.data), numbersOf(values));
    }
  } catch (error) {
    throw new AppError('bad_file', 'The file is no MAT-file of level 5.', { cause: error });
  }
  return found;
}

function elementAt(bytes: Uint8Array, at: number): Element {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = view.getUint32(at, true);
  // A small element has its length in the upper half of its tag, and its data in the tag itself.
  const small = tag >>> 16;
  const length = small || view.getUint32(at + 4, true);
  const from = at + (small ? 4 : 8);
  if (from + length > bytes.length) throw new RangeError('an element leads out of the file');
  const padded = (tag & 0xffff) === COMPRESSED ? length : Math.ceil(length / 8) * 8;
  return { type: tag & 0xffff, data: bytes.subarray(from, from + length), end: small ? at + 8 : from + padded };
}

function numbersOf({ type, data }: Element): number[] {
  const [size, read] = NUMBERS[type] ?? [0, () => 0];
  if (size === 0) throw new RangeError(`numbers of type ${type}`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: data.length / size }, (_, i) => read(view, i * size));
}
