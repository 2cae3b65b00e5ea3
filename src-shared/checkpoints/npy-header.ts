import type { Fail } from './checkpoint-error.ts';
import { parseDtype } from './npy-dtype.ts';
import type { Dtype } from './npy-dtype.ts';
import { parsePythonLiteral } from './python-literal.ts';
import { viewOf } from './zip-format.ts';

/** What stands before the numbers of an .npy file. Source: numpy/lib/_format_impl.py ("Format Version 1.0" to 3.0). */
export interface NpyHeader {
  readonly shape: readonly number[];
  /** numpy's own spelling, e.g. `<f4`. */
  readonly descr: string;
  /** Undefined for a type that is not read; `descr` says which. */
  readonly dtype: Dtype | undefined;
  /** First index fastest. */
  readonly fortranOrder: boolean;
  /** Bytes before the first number. */
  readonly dataOffset: number;
}

/** Bytes to read at first; numpy pads headers of ordinary arrays to 128 bytes. */
export const NPY_HEADER_GUESS = 256;
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
/** numpy itself refuses longer ones unless pickles are allowed. */
const MAX_HEADER = 10_000;
const MAX_DIMENSIONS = 64;

/**
 * Parses the header at the start of `bytes`.
 * @returns the header, or the number of bytes needed where `bytes` ends within it
 * @throws what `fail` makes: not .npy, unreadable header, more than 64 dimensions, an impossible shape
 */
export function parseNpyHeader(bytes: Uint8Array, fail: Fail): NpyHeader | number {
  if (bytes.length < 12) return 12;
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) throw fail('it is not an array in .npy format.');
  const version = bytes[6]!;
  if (version < 1 || version > 3) throw fail(`its .npy format version ${version} is not known.`);
  const view = viewOf(bytes);
  const textStart = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER) throw fail(`its header claims ${length} bytes, more than the ${MAX_HEADER} that are read.`);
  const dataOffset = textStart + length;
  if (bytes.length < dataOffset) return dataOffset;
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(textStart, dataOffset));
  return { ...parseFields(text, fail), dataOffset };
}

function parseFields(text: string, fail: Fail): Omit<NpyHeader, 'dataOffset'> {
  let fields: unknown;
  try {
    fields = parsePythonLiteral(text);
  } catch (cause) {
    throw fail('its header is damaged.', { cause });
  }
  if (!(fields instanceof Map)) throw fail('its header is damaged.');
  const descr: unknown = fields.get('descr');
  const fortranOrder: unknown = fields.get('fortran_order');
  const shape: unknown = fields.get('shape');
  if (fields.size !== 3 || typeof fortranOrder !== 'boolean' || !Array.isArray(shape))
    throw fail('its header is damaged.');
  if (typeof descr !== 'string') throw fail('it is a structured array, which is not read.');
  if (shape.length > MAX_DIMENSIONS)
    throw fail(`it claims ${shape.length} dimensions; at most ${MAX_DIMENSIONS} are read.`);
  if (!shape.every((d): d is number => typeof d === 'number' && d >= 0)) throw fail('its header is damaged.');
  return { shape, descr, dtype: parseDtype(descr), fortranOrder };
}

/**
 * The header that numpy writes for a C-ordered float32 array, byte for byte: version 1.0, padded to a multiple of 64
 * with numpy's room for a growing first dimension.
 */
export function formatNpyHeader(shape: readonly number[]): Uint8Array {
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  let text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dims}), }`;
  if (shape.length > 0) text += ' '.repeat(Math.max(0, 21 - String(shape[0]).length));
  const prefix = MAGIC.length + 4;
  // As numpy does it, a header that would fit exactly is padded by a whole 64 bytes.
  const padding = 64 - ((prefix + text.length + 1) % 64);
  text += `${' '.repeat(padding)}\n`;
  const bytes = new Uint8Array(prefix + text.length);
  bytes.set([...MAGIC, 1, 0]);
  viewOf(bytes).setUint16(8, text.length, true);
  bytes.set(new TextEncoder().encode(text), prefix);
  return bytes;
}
