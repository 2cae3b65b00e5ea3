import { checkpointFail } from '../../src-shared/checkpoints/checkpoint-error.ts';
import type { Fail } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { NPY_HEADER_GUESS, parseNpyHeader } from '../../src-shared/checkpoints/npy-header.ts';
import type { NpyHeader } from '../../src-shared/checkpoints/npy-header.ts';
import { locateEntry, readZipDirectory } from '../../src-shared/checkpoints/zip-directory.ts';
import type { ZipEntry } from '../../src-shared/checkpoints/zip-directory.ts';
import { AppError } from '../../src-shared/errors.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { CHUNK, inflatedSource, storedSource } from './byte-source.ts';
import type { ByteSource, SourceSpan } from './byte-source.ts';
import { bytesAsFile, filePass, type FilePass } from './file-pass.ts';
import { openFile } from './file-access.ts';
import type { FileAccess } from './file-access.ts';
import { checkHeader, readNumbers } from './read-array.ts';
import { isWeight, Scratch, type TensorEntry, type TensorFile } from './tensor-entry.ts';

/** A name is without `.npy`; a type is in numpy's own spelling (`|O`, `<c8`) where it is not read. */
export interface NpzEntry extends TensorEntry {
  readonly fortranOrder: boolean;
  /** Bytes of the numbers, inflated. */
  readonly byteLength: number;
}

export interface NpzArray<T extends Float32Array | Float64Array = Float32Array> {
  shape: readonly number[];
  /** Row-major. */
  data: T;
}

export interface ReadOptions {
  /** Take uint16 and opaque two-byte values as the bits of bfloat16. */
  bfloat16?: boolean;
}

/** An open .npz. Every method that reads throws AppError bad_checkpoint for damaged or hostile content. */
export interface NpzFile extends TensorFile {
  /** In the order of the file's directory. */
  readonly entries: readonly NpzEntry[];
  /** Names of members that are no arrays; they are ignored. */
  readonly others: readonly string[];
  /** An array as float32 (rounded where its type is wider). */
  read(name: string, options?: ReadOptions): Promise<NpzArray>;
  /** An array as float64: exact for all types but integers beyond 2^53. */
  readFloat64(name: string): Promise<NpzArray<Float64Array>>;
  /** Reads an array through and checks all of it, keeping nothing. */
  verify(name: string): Promise<void>;
}

interface Member {
  entry: NpzEntry;
  header: NpyHeader;
  span: SourceSpan;
  deflated: boolean;
  fail: Fail;
}

/** A deflated array may allocate this many times its compressed size on its own word; beyond, it must prove it first. */
const TRUSTED_RATIO = 3;
/** Bytes of a deflated array looked at at a time while it proves its size. */
const INFLATED_PIECE = 16 << 10;

/**
 * Opens an .npz as numpy.savez and savez_compressed write it (Zip64 and data descriptors included). Reads its directory
 * and the arrays' headers; arrays follow one by one, straight into their own memory.
 * @throws AppError not_found, bad_file, bad_checkpoint
 */
export async function openNpz(path: string): Promise<NpzFile> {
  const fail = checkpointFail(path);
  const file = await openFile(path, fail);
  try {
    const { members, others } = await readMembers(file, fail);
    return npzFile(file, members, others);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readMembers(file: FileAccess, fail: Fail): Promise<{ members: Member[]; others: string[] }> {
  const zipEntries = await readZipDirectory(file, fail);
  const members: Member[] = [];
  const others: string[] = [];
  const spans: { from: number; to: number }[] = [];
  for (const zipEntry of zipEntries) {
    const isArray = zipEntry.name.endsWith('.npy');
    const name = isArray ? zipEntry.name.slice(0, -'.npy'.length) : zipEntry.name;
    const tensorFail = checkpointFail(file.path, name);
    const offset = await locateEntry(file, zipEntry, tensorFail);
    spans.push({ from: zipEntry.headerOffset, to: offset + zipEntry.compressedSize });
    if (isArray) members.push(await readMember(file, { zipEntry, name, offset }, tensorFail));
    else others.push(name);
  }
  // One piece of data listed many times is how small archives pretend to be huge.
  spans.sort((a, b) => a.from - b.from);
  for (let i = 1; i < spans.length; i++) {
    if (spans[i]!.from < spans[i - 1]!.to) throw fail('its entries overlap; the file is damaged or hostile.');
  }
  return { members, others };
}

async function readMember(
  file: FileAccess,
  at: { zipEntry: ZipEntry; name: string; offset: number },
  fail: Fail,
): Promise<Member> {
  const { zipEntry, name, offset } = at;
  const { compressedSize, size, crc32, deflated } = zipEntry;
  const span: SourceSpan = { offset, compressedSize, size, crc32 };
  const header = await readHeader(() => sourceOf(file, span, { deflated, fail }), size, fail);
  const entry: NpzEntry = {
    name,
    shape: header.shape,
    dtype: header.dtype?.name ?? header.descr,
    fortranOrder: header.fortranOrder,
    byteLength: size - header.dataOffset,
  };
  return { entry, header, span, deflated, fail };
}

function sourceOf(file: FileAccess, span: SourceSpan, options: { deflated: boolean; fail: Fail }): ByteSource {
  return options.deflated ? inflatedSource(file, span, options.fail) : storedSource(file, span, options.fail);
}

/** Reads a header, and once more where it is longer than usual. */
export async function readHeader(open: () => ByteSource, size: number, fail: Fail): Promise<NpyHeader> {
  let length = NPY_HEADER_GUESS;
  for (let attempt = 0; attempt < 2; attempt++) {
    const bytes = new Uint8Array(Math.min(length, size));
    const source = open();
    try {
      await source.fill(bytes);
    } finally {
      await source.close();
    }
    const header = parseNpyHeader(bytes, fail);
    if (typeof header !== 'number') return header;
    if (header > size) break;
    length = header;
  }
  throw fail('it ends within its header.');
}

function npzFile(file: FileAccess, members: readonly Member[], others: readonly string[]): NpzFile {
  const byName = new Map(members.map((member) => [member.entry.name, member]));

  function memberOf(name: string): Member {
    const member = byName.get(name);
    if (!member) throw new AppError('bad_checkpoint', `${file.path} holds no tensor ${JSON.stringify(name)}.`);
    return member;
  }

  return {
    path: file.path,
    size: file.size,
    entries: members.map((member) => member.entry),
    others,
    read: (name, { bfloat16 = false } = {}) => readMemberAs(file, memberOf(name), { make: float32, bfloat16 }),
    readFloat64: (name) => readMemberAs(file, memberOf(name), { make: float64, bfloat16: false }),
    verify: (name) => verifyMember(file, memberOf(name)),
    async readThrough(wanted, visit) {
      const pass = filePass(file);
      const scratch = new Scratch();
      for (const member of [...members].sort((a, b) => a.span.offset - b.span.offset)) {
        const source = await ahead(pass, member);
        const want = wanted(member.entry.name);
        if (want === 'skip') await verifyMember(source, member);
        else {
          const make = want === 'keep' ? float32 : (length: number) => scratch.take(length);
          visit(member.entry.name, await readWeights(source, member, make));
        }
      }
      return pass.finish();
    },
    close: () => file.close(),
  };
}

const float32 = (length: number): Float32Array => new Float32Array(length);
const float64 = (length: number): Float64Array => new Float64Array(length);

/** Where a member's bytes come from in a pass. Deflated ones are taken into memory first: they may be inflated twice. */
async function ahead(pass: FilePass, { deflated, span, fail }: Member): Promise<FileAccess> {
  if (!deflated) return pass;
  const bytes = await pass.read(span.offset, span.compressedSize);
  return bytesAsFile(pass.path, bytes, { offset: span.offset, fail });
}

async function readWeights(
  file: FileAccess,
  member: Member,
  make: (length: number) => Float32Array,
): Promise<NpzArray> {
  const { entry, fail } = member;
  if (member.header.dtype && !isWeight(entry)) {
    throw fail(`it holds ${entry.dtype}, but weights are floating-point numbers.`, {
      hint: 'Save it as float32 or float16.',
    });
  }
  return readMemberAs(file, member, { make, bfloat16: entry.dtype === 'bfloat16' });
}

/** Reads a member through and checks all of it; one of a type that isn't read is checked as bytes. */
async function verifyMember(file: FileAccess, { header, span, fail, deflated }: Member): Promise<void> {
  if (header.dtype) checkHeader(header, span.size, { fail, bfloat16: true });
  const source = sourceOf(file, span, { deflated, fail });
  try {
    const buffer = new Uint8Array(Math.min(deflated ? INFLATED_PIECE : CHUNK, span.size));
    for (let left = span.size; left > 0; left -= buffer.byteLength) {
      await source.fill(buffer.subarray(0, Math.min(left, buffer.byteLength)));
    }
    await source.finish();
  } finally {
    await source.close();
  }
}

async function readMemberAs<T extends Float32Array | Float64Array>(
  file: FileAccess,
  member: Member,
  { make, bfloat16 }: { make: (length: number) => T; bfloat16: boolean },
): Promise<NpzArray<T>> {
  const { fail, span } = member;
  const header = checkHeader(member.header, span.size, { fail, bfloat16 });
  const count = sizeOfShape(header.shape);
  if (member.deflated && Math.max(span.size, 4 * count) > TRUSTED_RATIO * span.compressedSize) {
    await verifyMember(file, member);
  }
  const source = sourceOf(file, span, member);
  try {
    await source.fill(new Uint8Array(header.dataOffset));
    const data = await readNumbers(source, header, make(count));
    await source.finish();
    return { shape: header.shape, data };
  } finally {
    await source.close();
  }
}
