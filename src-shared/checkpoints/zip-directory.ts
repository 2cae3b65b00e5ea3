import type { Fail } from './checkpoint-error.ts';
import { quoteName } from './checkpoint-error.ts';
import type { RandomAccess } from './random-access.ts';
import {
  CENTRAL_HEADER,
  DEFLATED,
  END_RECORD,
  FLAG_ENCRYPTED,
  FLAG_UTF8,
  LOCAL_HEADER,
  MAX_UINT16,
  MAX_UINT32,
  STORED,
  ZIP64_END_RECORD,
  ZIP64_EXTRA_ID,
  ZIP64_LOCATOR,
  viewOf,
} from './zip-format.ts';

export interface ZipEntry {
  readonly name: string;
  readonly deflated: boolean;
  /** CRC-32 of the inflated bytes, unsigned. */
  readonly crc32: number;
  /** Bytes in the file. */
  readonly compressedSize: number;
  /** Bytes after inflating, as the directory declares. */
  readonly size: number;
  readonly headerOffset: number;
  /** The name as its bytes stand in the file, which the local header must repeat. */
  readonly rawName: Uint8Array;
}

/** A model has some hundreds; as objects, entries without content take many times their bytes. */
const MAX_ENTRIES = 100_000;

interface Directory {
  offset: number;
  size: number;
  count: number;
}

/**
 * Reads a zip's central directory (Zip64 too) and nothing else. Everything it promises is checked against the file's
 * size, entry by entry, before anybody allocates for it. Sizes come from here alone, so that entries written with data
 * descriptors (as to a pipe) read like any other.
 * @throws what `fail` makes: not a zip, truncated, encrypted, split, duplicate or unreadable entries
 */
export async function readZipDirectory(file: RandomAccess, fail: Fail): Promise<ZipEntry[]> {
  const directory = await findDirectory(file, fail);
  const bytes = await file.read(directory.offset, directory.size);
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let at = 0;
  while (at < bytes.length) {
    if (entries.length === MAX_ENTRIES) throw fail(`it holds more than ${MAX_ENTRIES} entries.`);
    const { entry, next } = parseEntry(bytes, at, fail);
    if (names.has(entry.name)) throw fail(`it holds two entries named ${quoteName(entry.name)}.`);
    if (entry.headerOffset + LOCAL_HEADER.size + entry.compressedSize > directory.offset) {
      throw fail(`the entry ${quoteName(entry.name)} promises more bytes than the file holds.`);
    }
    names.add(entry.name);
    entries.push(entry);
    at = next;
  }
  if (entries.length !== directory.count) {
    throw fail(`its directory lists ${entries.length} entries but promises ${directory.count}; the file is damaged.`);
  }
  return entries;
}

async function findDirectory(file: RandomAccess, fail: Fail): Promise<Directory> {
  const tailSize = Math.min(file.size, END_RECORD.size + MAX_UINT16);
  const tail = await file.read(file.size - tailSize, tailSize);
  const view = viewOf(tail);
  for (let at = tail.length - END_RECORD.size; at >= 0; at--) {
    if (view.getUint32(at, true) !== END_RECORD.signature) continue;
    if (at + END_RECORD.size + view.getUint16(at + 20, true) !== tail.length) continue; // bytes that only look like it
    return checkedDirectory(file, { view, at, offset: file.size - tailSize + at }, fail);
  }
  const start = file.size >= 4 ? viewOf(await file.read(0, 4)).getUint32(0, true) : 0;
  if (start === LOCAL_HEADER.signature) {
    throw fail('it begins as an .npz and has no end: it is truncated.', { hint: 'Copy or download it again.' });
  }
  throw fail('it is not an .npz file (a zip archive of arrays).');
}

async function checkedDirectory(
  file: RandomAccess,
  end: { view: DataView; at: number; offset: number },
  fail: Fail,
): Promise<Directory> {
  const { view, at } = end;
  let limit = end.offset;
  let directory: Directory = {
    count: view.getUint16(at + 10, true),
    size: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
  };
  let split = view.getUint16(at + 4, true) !== 0 || view.getUint16(at + 8, true) !== directory.count;
  // Not only where a 16- or 32-bit field is full: Python writes Zip64 records from 2 GiB on and leaves those fields be.
  const zip64 = await readZip64End(file, end.offset, fail);
  if (zip64) {
    directory = zip64.directory;
    limit = zip64.offset;
    split = zip64.split;
  }
  if (split) throw fail('it is one part of a split archive, or its end record is damaged.');
  if (directory.offset + directory.size !== limit) {
    throw fail('its directory is not where its end record says; it is truncated or damaged.');
  }
  if (directory.count * CENTRAL_HEADER.size > directory.size) {
    throw fail('its directory promises more entries than it holds; the file is damaged.');
  }
  return directory;
}

/** The Zip64 end record, or undefined where there is none. */
async function readZip64End(
  file: RandomAccess,
  endOffset: number,
  fail: Fail,
): Promise<{ directory: Directory; offset: number; split: boolean } | undefined> {
  if (endOffset < ZIP64_LOCATOR.size + ZIP64_END_RECORD.size) return undefined;
  const locator = viewOf(await file.read(endOffset - ZIP64_LOCATOR.size, ZIP64_LOCATOR.size));
  if (locator.getUint32(0, true) !== ZIP64_LOCATOR.signature) return undefined;
  const offset = uint64(locator, 8, fail);
  if (offset + ZIP64_END_RECORD.size + ZIP64_LOCATOR.size > endOffset) {
    throw fail('its Zip64 end record is not where it should be; the file is damaged.');
  }
  const view = viewOf(await file.read(offset, ZIP64_END_RECORD.size));
  if (view.getUint32(0, true) !== ZIP64_END_RECORD.signature) throw fail('its Zip64 end record is damaged.');
  const count = uint64(view, 32, fail);
  const split = view.getUint32(16, true) !== 0 || uint64(view, 24, fail) !== count;
  return { directory: { count, size: uint64(view, 40, fail), offset: uint64(view, 48, fail) }, offset, split };
}

function parseEntry(bytes: Uint8Array, at: number, fail: Fail): { entry: ZipEntry; next: number } {
  const damaged = (): Error => fail('its directory of entries is damaged.');
  if (at + CENTRAL_HEADER.size > bytes.length) throw damaged();
  const view = viewOf(bytes.subarray(at));
  if (view.getUint32(0, true) !== CENTRAL_HEADER.signature) throw damaged();
  const nameEnd = CENTRAL_HEADER.size + view.getUint16(28, true);
  const extraEnd = nameEnd + view.getUint16(30, true);
  const next = at + extraEnd + view.getUint16(32, true);
  if (next > bytes.length) throw damaged();
  const rawName = bytes.subarray(at + CENTRAL_HEADER.size, at + nameEnd);
  const flags = view.getUint16(8, true);
  const name = decodeName(rawName, flags, fail);
  if (flags & FLAG_ENCRYPTED) throw fail(`the entry ${quoteName(name)} is encrypted, which is not read.`);
  const method = view.getUint16(10, true);
  if (method !== STORED && method !== DEFLATED) {
    throw fail(`the entry ${quoteName(name)} is packed by method ${method}; only stored and deflated ones are read.`);
  }
  const sizes = {
    size: view.getUint32(24, true),
    compressedSize: view.getUint32(20, true),
    headerOffset: view.getUint32(42, true),
  };
  readZip64Extra(viewOf(bytes.subarray(at + nameEnd, at + extraEnd)), sizes, fail);
  if (method === STORED && sizes.size !== sizes.compressedSize) {
    throw fail(`the entry ${quoteName(name)} gives two different sizes; the file is damaged.`);
  }
  const entry = { name, rawName, deflated: method === DEFLATED, crc32: view.getUint32(16, true), ...sizes };
  return { entry, next };
}

/** Replaces each 0xffffffff by the 64-bit value of the Zip64 extra field, in the order that the format fixes. */
function readZip64Extra(
  extra: DataView,
  sizes: { size: number; compressedSize: number; headerOffset: number },
  fail: Fail,
): void {
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const length = extra.getUint16(at + 2, true);
    const end = at + 4 + length;
    if (extra.getUint16(at, true) === ZIP64_EXTRA_ID) {
      let value = at + 4;
      for (const key of ['size', 'compressedSize', 'headerOffset'] as const) {
        if (sizes[key] !== MAX_UINT32) continue;
        if (value + 8 > end || value + 8 > extra.byteLength) throw fail('a Zip64 field of its directory is damaged.');
        sizes[key] = uint64(extra, value, fail);
        value += 8;
      }
    }
    at = end;
  }
}

/**
 * Where an entry's bytes begin. Reads its local header, which must repeat the name of the directory.
 * @returns offset from the file's start; offset + compressedSize lies within the file
 */
export async function locateEntry(file: RandomAccess, entry: ZipEntry, fail: Fail): Promise<number> {
  const length = Math.min(LOCAL_HEADER.size + entry.rawName.length, file.size - entry.headerOffset);
  const bytes = await file.read(entry.headerOffset, length);
  const view = viewOf(bytes);
  const nameFits =
    length === LOCAL_HEADER.size + entry.rawName.length &&
    view.getUint32(0, true) === LOCAL_HEADER.signature &&
    view.getUint16(26, true) === entry.rawName.length &&
    entry.rawName.every((byte, i) => byte === bytes[LOCAL_HEADER.size + i]);
  if (!nameFits) throw fail('its entry is not where the directory says; the file is damaged.');
  const start = entry.headerOffset + length + view.getUint16(28, true);
  if (start + entry.compressedSize > file.size) throw fail('it promises more bytes than the file holds.');
  return start;
}

function decodeName(raw: Uint8Array, flags: number, fail: Fail): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    if (flags & FLAG_UTF8) throw fail('the name of an entry is not valid UTF-8.');
    return new TextDecoder('latin1').decode(raw);
  }
}

function uint64(view: DataView, at: number, fail: Fail): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw fail('it promises an impossible size; the file is damaged.');
  return Number(value);
}
