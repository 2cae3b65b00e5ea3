import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { checkpointFail, type Fail } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { decodeInto, swapBytes, type Dtype } from '../../src-shared/checkpoints/npy-dtype.ts';
import { integerDtypeOfName, weightDtypeOfName } from '../../src-shared/flax/numpy-name.ts';
import type { StateLeaf } from '../../src-shared/flax/state-tree.ts';
import { sizeOfShape, type NamedTensor } from '../../src-shared/models/params.ts';
import type { Place } from '../../src-shared/orbax/ocdbt.ts';
import { openFile } from './file-access.ts';
import { readerOf } from './file-reader.ts';
import { bytesOf, readOrbaxFolder, type OrbaxArray } from './orbax-folder.ts';
import type { StateFile } from './state-file.ts';

/** Of an array, unpacked; larger ones are cut in pieces. */
const MAX_PIECE = 2 ** 31;
/** How often the data may be larger than what they are packed in: zeros in zstd are by 30,000. */
const MAX_RATIO = 40_000;

/**
 * Opens the folder of a checkpoint that Orbax wrote, as flax does since 2023. Each file is read once, one array at a
 * time.
 * @throws AppError bad_checkpoint
 */
export async function openOrbax(folder: string): Promise<StateFile> {
  const { files, arrays } = await readOrbaxFolder(folder);
  const byName = new Map(arrays.map((array) => [array.name, array]));
  for (const array of arrays) checkArray(array, checkpointFail(folder, array.name));
  return {
    path: folder,
    packed: true,
    size: files.reduce((sum, { size }) => sum + size, 0),
    leaves: arrays.map(({ name, shape, dtype }): StateLeaf => ({ name, shape, dtype, segments: [] })),
    async readThrough(wanted, visit) {
      const hash = createHash('sha256');
      const open = new Map<string, ArrayInParts>();
      const partOf = (array: OrbaxArray): ArrayInParts => {
        const part = open.get(array.name) ?? new ArrayInParts(array, checkpointFail(folder, array.name));
        open.set(array.name, part);
        return part;
      };
      const put = (array: OrbaxArray, key: string, bytes: Uint8Array): void => {
        const part = partOf(array);
        if (!part.put(key, bytes)) return;
        open.delete(array.name);
        visit(array.name, part.tensor);
      };
      const places: { array: OrbaxArray; key: string; place: Place }[] = [];
      for (const array of arrays.filter(({ name }) => wanted(name))) {
        if (sizeOfShape(array.shape) === 0) visit(array.name, partOf(array).tensor);
        for (const [key, place] of piecesOf(array)) {
          if (place instanceof Uint8Array) put(array, key, place);
          else places.push({ array, key, place });
        }
      }
      const byFile = Map.groupBy(places, ({ place }) => place.file);
      for (const { name, size } of files) {
        hash.update(`${name}\0${size}\0`);
        const fail = checkpointFail(join(folder, name));
        const file = await openFile(join(folder, name), fail);
        try {
          const reader = readerOf(file, (bytes) => void hash.update(bytes));
          const here = (byFile.get(name) ?? []).sort((a, b) => a.place.offset - b.place.offset);
          for (const { array, key, place } of here) {
            if (place.offset < reader.position) throw fail('its pieces overlap; it is damaged or hostile.');
            await reader.skimTo(place.offset);
            const bytes = new Uint8Array(place.length);
            await reader.fill(bytes);
            put(array, key, bytes);
          }
          await reader.skimTo(size);
        } finally {
          await file.close();
        }
      }
      return hash.digest('hex');
    },
    async integer(leaf) {
      const fail = checkpointFail(folder, leaf.name);
      const array = byName.get(leaf.name)!;
      const type = integerDtypeOfName(array.dtype);
      const [piece] = [...piecesOf(array)].map(([, place]) => place);
      if (!type || piece === undefined || sizeOfShape(array.shape) !== 1) {
        throw fail('it is no whole number of ordinary size.');
      }
      const bytes = unpack(await bytesOf(folder, piece), { array, type, fail });
      const value = new Float64Array(1);
      decodeInto(bytes, type, { out: value, start: 0 });
      if (!Number.isSafeInteger(value[0])) throw fail('it is no whole number of ordinary size.');
      return value[0]!;
    },
    async close() {},
  };
}

/** Every piece of the grid is there, and none is too large: callers may allocate. */
function checkArray(array: OrbaxArray, fail: Fail): void {
  const { shape, chunks, pieces } = array;
  const piece = sizeOfShape(chunks) * 8;
  const count = sizeOfShape(shape.map((size, i) => Math.ceil(size / chunks[i]!)));
  if (!Number.isSafeInteger(sizeOfShape(shape) * 8) || piece > MAX_PIECE) {
    throw fail(`[${shape.join(', ')}] in pieces of [${chunks.join(', ')}] is more than is read.`);
  }
  if (count > pieces.size) throw fail(`it is cut in ${count} pieces, of which at most ${pieces.size} are there.`);
  let packed = 0;
  for (const [, place] of piecesOf(array)) packed += place instanceof Uint8Array ? place.byteLength : place.length;
  if (sizeOfShape(shape) > packed * MAX_RATIO) throw fail(`[${shape.join(', ')}] can't be packed in ${packed} bytes.`);
}

/** The pieces that are part of the array, by their key. */
function* piecesOf({ shape, chunks, separator, pieces }: OrbaxArray): Generator<[string, Place | Uint8Array]> {
  const grid = shape.map((size, i) => Math.ceil(size / chunks[i]!));
  for (const [key, place] of pieces) {
    const index = shape.length === 0 ? (key === '0' ? [] : null) : indexOf(key, separator);
    if (index?.length === grid.length && index.every((at, axis) => at < grid[axis]!)) yield [key, place];
  }
}

function indexOf(key: string, separator: string): number[] | null {
  const parts = key.split(separator);
  return parts.every((part) => /^(?:0|[1-9]\d{0,8})$/.test(part)) ? parts.map(Number) : null;
}

/** An array that is put together from its pieces. */
class ArrayInParts {
  readonly #array: OrbaxArray;
  readonly #fail: Fail;
  readonly #type: Dtype;
  #missing: number;
  readonly tensor: NamedTensor;

  constructor(array: OrbaxArray, fail: Fail) {
    const type = weightDtypeOfName(array.dtype);
    if (!type) throw fail(`it holds ${array.dtype}, but weights are floating-point numbers.`);
    this.#array = array;
    this.#fail = fail;
    this.#type = { ...type, bigEndian: array.bigEndian };
    this.#missing = sizeOfShape(array.shape.map((size, i) => Math.ceil(size / array.chunks[i]!)));
    this.tensor = { shape: array.shape, data: new Float32Array(sizeOfShape(array.shape)) };
  }

  /** @returns whether that was the last one */
  put(key: string, packed: Uint8Array): boolean {
    const { shape, chunks, separator } = this.#array;
    const bytes = unpack(packed, { array: this.#array, type: this.#type, fail: this.#fail });
    const out = this.tensor.data;
    if (shape.every((size, i) => size === chunks[i])) decodeInto(bytes, this.#type, { out, start: 0 });
    else {
      const piece = new Float32Array(sizeOfShape(chunks));
      decodeInto(bytes, this.#type, { out: piece, start: 0 });
      place(piece, out, { shape, chunks, index: indexOf(key, separator)! });
    }
    return --this.#missing === 0;
  }
}

/** Copies a piece, row by row, to where it belongs; what reaches beyond the array is left out. */
function place(
  piece: Float32Array,
  out: Float32Array,
  { shape, chunks, index }: { shape: readonly number[]; chunks: readonly number[]; index: readonly number[] },
): void {
  const last = shape.length - 1;
  const start = index.map((at, axis) => at * chunks[axis]!);
  const held = shape.map((size, axis) => Math.min(chunks[axis]!, size - start[axis]!));
  const at = shape.map(() => 0);
  for (;;) {
    let from = 0;
    let to = 0;
    for (let axis = 0; axis <= last; axis++) {
      from = from * chunks[axis]! + at[axis]!;
      to = to * shape[axis]! + start[axis]! + at[axis]!;
    }
    out.set(piece.subarray(from, from + held[last]!), to);
    let axis = last - 1;
    while (axis >= 0 && ++at[axis]! === held[axis]) at[axis--] = 0;
    if (axis < 0) return;
  }
}

/** The bytes of a piece in little-endian order, exactly as many as its shape calls for. */
function unpack(packed: Uint8Array, { array, type, fail }: { array: OrbaxArray; type: Dtype; fail: Fail }): Uint8Array {
  const length = sizeOfShape(array.chunks) * type.itemSize;
  let bytes: Uint8Array;
  try {
    const options = { maxOutputLength: length };
    if (array.packing === 'zstd') bytes = zstdDecompressSync(packed, options);
    else bytes = array.packing === 'gzip' ? gunzipSync(packed, options) : packed;
  } catch (cause) {
    throw fail('its compressed data are damaged.', { cause });
  }
  if (bytes.byteLength !== length) throw fail(`a piece of it holds ${bytes.byteLength} bytes, not ${length}.`);
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  if (array.bigEndian) swapBytes(aligned, type.itemSize);
  return aligned;
}
