import type { Fail } from '../checkpoints/checkpoint-error.ts';
import { quoteName } from '../checkpoints/checkpoint-error.ts';
import { sizeOfShape } from '../models/params.ts';
import { itemSizeOf } from './dtype.ts';
import { parseHeaderJson, type HeaderJson } from './header-json.ts';

/** Bytes before the header: its length, 64 bits, little-endian. */
export const LENGTH_BYTES = 8;
/** Longest header that is read, bytes; the largest model here has one of about 0.1 MB. */
export const MAX_HEADER = 16 << 20;
/** The header ends on a multiple of this, with spaces before. */
const ALIGNMENT = 8;

export interface SafetensorsEntry {
  readonly name: string;
  /** The format's own name: F32, BF16, I64, … */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Of the first byte, from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

export interface SafetensorsHeader {
  /** In the order of their data. */
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Length of the JSON after the first eight bytes, checked against the file's size.
 * @param first at least the first nine bytes
 */
export function headerLength(first: Uint8Array, fileSize: number, fail: Fail): number {
  if (fileSize < LENGTH_BYTES + 2) throw fail('it is too short for a safetensors file.');
  const view = new DataView(first.buffer, first.byteOffset, first.byteLength);
  const length = view.getBigUint64(0, true);
  const room = fileSize - LENGTH_BYTES;
  if (length > BigInt(room)) {
    throw fail(
      `its header claims ${length} bytes, more than the ${room} that follow: the file is truncated or no safetensors.`,
    );
  }
  if (length > BigInt(MAX_HEADER))
    throw fail(`its header claims ${length} bytes; more than ${MAX_HEADER} are not read.`);
  return Number(length);
}

/**
 * Reads a header and checks it against the file: types and shapes account for every byte of data, once each.
 * @param json the bytes after the length
 * @param fail makes the file's error; `failTensor` that of one of its tensors
 */
export function parseHeader(
  json: Uint8Array,
  fileSize: number,
  { fail, failTensor }: { fail: Fail; failTensor: (name: string) => Fail },
): SafetensorsHeader {
  const { tensors, metadata } = parseText(json, fail);
  const start = LENGTH_BYTES + json.byteLength;
  const dataSize = fileSize - start;
  const entries = tensors.map(({ name, dtype, shape, offsets: [from, to] }): SafetensorsEntry => {
    const wrong = failTensor(name);
    const itemSize = itemSizeOf(dtype);
    if (itemSize === undefined) throw wrong(`its type ${quoteName(dtype)} is not known.`);
    if (to! > dataSize) throw wrong(`its data end at byte ${to} of ${dataSize}: the file is truncated.`);
    const promised = sizeOfShape(shape) * itemSize;
    if (from! > to! || promised !== to! - from!) {
      throw wrong(`[${shape.join(', ')}] ${dtype} is ${promised} bytes, but it lies from ${from} to ${to}.`);
    }
    return { name, dtype, shape, offset: start + from!, byteLength: promised };
  });
  entries.sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  let end = start;
  for (const entry of entries) {
    if (entry.offset < end) throw failTensor(entry.name)('its data overlap those of another tensor.');
    if (entry.offset > end)
      throw failTensor(entry.name)(`${entry.offset - end} bytes before its data belong to no tensor.`);
    end = entry.offset + entry.byteLength;
  }
  if (end !== fileSize) throw fail(`its last ${fileSize - end} bytes belong to no tensor.`);
  return { entries, metadata };
}

function parseText(json: Uint8Array, fail: Fail): HeaderJson {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
  } catch (cause) {
    throw fail('its header is not UTF-8.', { cause });
  }
  if (!text.startsWith('{')) throw fail('its header is no JSON object: this is no safetensors file.');
  try {
    return parseHeaderJson(text);
  } catch (cause) {
    throw fail(`its header is damaged (${(cause as Error).message}).`, { cause });
  }
}

/** Length and header of a float32 file with these tensors in this order; equal input gives equal bytes. */
export function formatHeader(
  tensors: readonly { name: string; shape: readonly number[] }[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const names = new Set<string>(['__metadata__']);
  const members = [`"__metadata__":${JSON.stringify(metadata)}`];
  let offset = 0;
  for (const { name, shape } of tensors) {
    if (names.has(name)) throw new Error(`two tensors named ${name}`);
    names.add(name);
    const end = offset + 4 * sizeOfShape(shape);
    members.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype: 'F32', shape, data_offsets: [offset, end] })}`);
    offset = end;
  }
  const json = new TextEncoder().encode(`{${members.join(',')}}`);
  const bytes = new Uint8Array(LENGTH_BYTES + Math.ceil(json.byteLength / ALIGNMENT) * ALIGNMENT).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.byteLength - LENGTH_BYTES), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}
