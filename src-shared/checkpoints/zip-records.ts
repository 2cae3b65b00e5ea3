import {
  CENTRAL_HEADER,
  END_RECORD,
  FLAG_UTF8,
  LOCAL_HEADER,
  MAX_UINT16,
  MAX_UINT32,
  ZIP64_END_RECORD,
  ZIP64_EXTRA_ID,
  ZIP64_LOCATOR,
  viewOf,
} from './zip-format.ts';

/** One stored entry as it is written. */
export interface WrittenEntry {
  name: string;
  crc32: number;
  /** Bytes of the entry. */
  size: number;
  /** Where its local header stands in the file. */
  headerOffset: number;
}

/** Version 4.5, the first with Zip64; numpy writes it for every entry. */
const VERSION = 45;
const UNIX = 3;
/** 1980-01-01, the format's first day: files of equal tensors are equal bytes. */
const DATE = 0x0021;
/** Unix mode 0600 in the upper half. */
const ATTRIBUTES = 0o600 << 16;
/** Above this, sizes and offsets go to Zip64 fields: Python's zipfile, hence numpy, turns at 2 GiB and not at 4. */
const ZIP64_LIMIT = 0x7fffffff;

/** The local header as numpy.savez writes it: always with a Zip64 field that holds the size, twice (stored). */
export function localHeader(entry: WrittenEntry): Uint8Array {
  const name = new TextEncoder().encode(entry.name);
  const bytes = new Uint8Array(LOCAL_HEADER.size + name.length + 20);
  const view = viewOf(bytes);
  view.setUint32(0, LOCAL_HEADER.signature, true);
  view.setUint16(4, VERSION, true);
  view.setUint16(6, nameFlags(entry.name), true);
  view.setUint16(12, DATE, true);
  view.setUint32(14, entry.crc32, true);
  view.setUint32(18, MAX_UINT32, true);
  view.setUint32(22, MAX_UINT32, true);
  view.setUint16(26, name.length, true);
  view.setUint16(28, 20, true);
  bytes.set(name, LOCAL_HEADER.size);
  writeZip64Extra(view, LOCAL_HEADER.size + name.length, [entry.size, entry.size]);
  return bytes;
}

/** Central directory and end records for entries already written, to stand at `offset`. */
export function centralDirectory(entries: readonly WrittenEntry[], offset: number): Uint8Array {
  const parts = entries.map(centralHeader);
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  parts.push(endRecords({ count: entries.length, size, offset }));
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function centralHeader(entry: WrittenEntry): Uint8Array {
  const name = new TextEncoder().encode(entry.name);
  const large: number[] = [];
  if (entry.size > ZIP64_LIMIT) large.push(entry.size, entry.size);
  if (entry.headerOffset > ZIP64_LIMIT) large.push(entry.headerOffset);
  const extraSize = large.length > 0 ? 4 + 8 * large.length : 0;
  const bytes = new Uint8Array(CENTRAL_HEADER.size + name.length + extraSize);
  const view = viewOf(bytes);
  view.setUint32(0, CENTRAL_HEADER.signature, true);
  view.setUint16(4, VERSION | (UNIX << 8), true);
  view.setUint16(6, VERSION, true);
  view.setUint16(8, nameFlags(entry.name), true);
  view.setUint16(14, DATE, true);
  view.setUint32(16, entry.crc32, true);
  const size = entry.size > ZIP64_LIMIT ? MAX_UINT32 : entry.size;
  view.setUint32(20, size, true);
  view.setUint32(24, size, true);
  view.setUint16(28, name.length, true);
  view.setUint16(30, extraSize, true);
  view.setUint32(38, ATTRIBUTES, true);
  view.setUint32(42, entry.headerOffset > ZIP64_LIMIT ? MAX_UINT32 : entry.headerOffset, true);
  bytes.set(name, CENTRAL_HEADER.size);
  if (extraSize > 0) writeZip64Extra(view, CENTRAL_HEADER.size + name.length, large);
  return bytes;
}

function endRecords(directory: { count: number; size: number; offset: number }): Uint8Array {
  const { count, size, offset } = directory;
  const zip64 = count > MAX_UINT16 || size > ZIP64_LIMIT || offset > ZIP64_LIMIT;
  const prefix = zip64 ? ZIP64_END_RECORD.size + ZIP64_LOCATOR.size : 0;
  const view = new DataView(new ArrayBuffer(prefix + END_RECORD.size));
  if (zip64) {
    view.setUint32(0, ZIP64_END_RECORD.signature, true);
    view.setBigUint64(4, BigInt(ZIP64_END_RECORD.size - 12), true);
    view.setUint16(12, VERSION, true);
    view.setUint16(14, VERSION, true);
    for (const [at, value] of [count, count, size, offset].entries())
      view.setBigUint64(24 + 8 * at, BigInt(value), true);
    view.setUint32(56, ZIP64_LOCATOR.signature, true);
    view.setBigUint64(64, BigInt(offset + size), true);
    view.setUint32(72, 1, true);
  }
  view.setUint32(prefix, END_RECORD.signature, true);
  view.setUint16(prefix + 8, Math.min(count, MAX_UINT16), true);
  view.setUint16(prefix + 10, Math.min(count, MAX_UINT16), true);
  view.setUint32(prefix + 12, Math.min(size, MAX_UINT32), true);
  view.setUint32(prefix + 16, Math.min(offset, MAX_UINT32), true);
  return new Uint8Array(view.buffer);
}

function writeZip64Extra(view: DataView, at: number, values: readonly number[]): void {
  view.setUint16(at, ZIP64_EXTRA_ID, true);
  view.setUint16(at + 2, 8 * values.length, true);
  values.forEach((value, i) => view.setBigUint64(at + 4 + 8 * i, BigInt(value), true));
}

function nameFlags(name: string): number {
  return /[^\0-\x7f]/.test(name) ? FLAG_UTF8 : 0;
}
