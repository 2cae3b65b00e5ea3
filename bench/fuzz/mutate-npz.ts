import { crc32 } from 'node:zlib';
import { CENTRAL_HEADER, END_RECORD, LOCAL_HEADER } from '../../src-shared/checkpoints/zip-format.ts';
import { mutateBytes, oneOf, type Mutate } from './mutate-bytes.ts';
import type { Random } from './random.ts';

/** Offsets in a central header and, for the same field, in a local one. */
const FIELDS = [
  { central: 8, local: 6, bytes: 2 }, // flags
  { central: 10, local: 8, bytes: 2 }, // method
  { central: 16, local: 14, bytes: 4 }, // checksum
  { central: 20, local: 18, bytes: 4 }, // compressed size
  { central: 24, local: 22, bytes: 4 }, // size
  { central: 28, local: 26, bytes: 2 }, // length of the name
  { central: 30, local: 28, bytes: 2 }, // length of the extra field
  { central: 42, local: undefined, bytes: 4 }, // where the local header stands
] as const;

interface Member {
  central: number;
  local: number;
  /** Of the .npy, with its header. */
  data: number;
  size: number;
  stored: boolean;
}

/** A number of a zip's directory changed, consistently or on one side. */
const mutateDirectory: Mutate = (original, random) => {
  const bytes = Buffer.from(original);
  const member = random.pick(membersOf(bytes));
  if (random.below(6) === 0) {
    const end = bytes.length - END_RECORD.size;
    return write(
      bytes,
      { at: end + random.pick([8, 10, 12, 16, 20]), width: random.pick([2, 4]) },
      oddNumber(random, bytes.length),
    );
  }
  const { central, local, bytes: width } = random.pick(FIELDS);
  const value = oddNumber(random, bytes.length);
  const sides = random.below(3);
  if (sides !== 1) write(bytes, { at: member.central + central, width }, value);
  if (sides !== 0 && local !== undefined) write(bytes, { at: member.local + local, width }, value);
  return bytes;
};

/** Another header of an array, with a checksum that fits. */
const mutateNpyHeader: Mutate = (original, random) => {
  const bytes = Buffer.from(original);
  const stored = membersOf(bytes).filter((member) => member.stored);
  if (stored.length === 0) return mutateDirectory(original, random);
  const { central, local, data, size } = random.pick(stored);
  if (random.below(4) === 0) {
    write(bytes, { at: data + 6 + random.below(4), width: 1 }, random.pick([0, 1, 2, 3, 0x7f, 0xff]));
  } else {
    const length = bytes.readUInt16LE(data + 8);
    const text = bytes.toString('latin1', data + 10, data + 10 + length);
    const changed = random.pick(HEADER_CHANGES)(text, random);
    bytes.write(changed.padEnd(length, ' ').slice(0, length), data + 10, 'latin1');
  }
  const sum = crc32(bytes.subarray(data, data + size));
  bytes.writeUInt32LE(sum, central + 16);
  bytes.writeUInt32LE(sum, local + 14);
  return bytes;
};

const SHAPES = [
  '()',
  '(0,)',
  '(1,)',
  '(-1,)',
  '(4294967295, 4294967295)',
  '(9007199254740991,)',
  '(1e9,)',
  '(3',
  'None',
];
const TYPES = ['<f8', '>f4', '<f2', '|V2', '|O', '<c8', '<U9', '|b1', '<i8', '<f16', '>u2', 'f4', '', '<f4<f4'];

const HEADER_CHANGES: readonly ((text: string, random: Random) => string)[] = [
  (text, random) => text.replace(/\([^)]*\)/, random.pick(SHAPES)),
  (text, random) => text.replace(/\d+/g, (digits) => (random.below(2) ? digits : String(random.below(5)))),
  (text, random) => text.replace(/<f4|[<>|]\w\d/, random.pick(TYPES)),
  (text) => text.replace('False', 'True'),
  (text, random) => text.replace(random.pick(['descr', 'shape', 'fortran_order']), 'other'),
  (text) => text.replace(/\(.*\)/, '('.repeat(60)),
  (text) => text.replace('{', "{'a': {'a': {'a': {'a': "),
  (text) => text.replace(/'shape'.*/, "'shape': (" + '1,'.repeat(40)),
];

/** The same entries listed once more. */
const repeatEntries: Mutate = (original, random) => {
  const members = membersOf(original);
  const end = original.length - END_RECORD.size;
  const start = members[0]!.central;
  const again = random.pick([1, 2, 50]);
  const directory = original.subarray(start, end);
  const record = Buffer.from(original.subarray(end));
  record.writeUInt16LE(members.length * (again + 1), 8);
  record.writeUInt16LE(members.length * (again + 1), 10);
  record.writeUInt32LE(directory.length * (again + 1), 12);
  return Buffer.concat([original.subarray(0, end), ...Array.from({ length: again }, () => directory), record]);
};

/** What a sum tells: it loads with the same numbers or not at all. */
export const mutateZip = oneOf(mutateBytes, mutateBytes, mutateDirectory, mutateDirectory, repeatEntries);
/** What sums don't tell as well. */
export const mutateNpz = oneOf(mutateZip, mutateNpyHeader);

/** The members of a sound zip without Zip64's larger fields. */
function membersOf(bytes: Buffer): Member[] {
  const end = bytes.length - END_RECORD.size;
  const count = bytes.readUInt16LE(end + 10);
  const members: Member[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    const local = bytes.readUInt32LE(at + 42);
    const data = local + LOCAL_HEADER.size + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const size = bytes.readUInt32LE(at + 24);
    members.push({ central: at, local, data, size, stored: bytes.readUInt16LE(at + 10) === 0 && data + size < end });
    at += CENTRAL_HEADER.size + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return members;
}

/** Sizes, offsets and counts that readers trip over. */
export function oddNumber(random: Random, near: number): number {
  return random.pick([
    0,
    1,
    2,
    8,
    0x7fff,
    0xffff,
    0x7fffffff,
    0xfffffffe,
    0xffffffff,
    near,
    near - 1,
    near + 1,
    random.below(near),
  ]);
}

function write(bytes: Buffer, { at, width }: { at: number; width: number }, value: number): Buffer {
  if (at + width <= bytes.length) bytes.writeUIntLE(value % 2 ** (8 * width), at, width);
  return bytes;
}
