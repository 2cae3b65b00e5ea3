import type { Fail } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { decodeInto, swapBytes } from '../../src-shared/checkpoints/npy-dtype.ts';
import type { Dtype } from '../../src-shared/checkpoints/npy-dtype.ts';
import type { NpyHeader } from '../../src-shared/checkpoints/npy-header.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { CHUNK } from './byte-source.ts';
import type { ByteSource } from './byte-source.ts';

/** Header of an array whose type is read. */
export type ReadableHeader = NpyHeader & { readonly dtype: Dtype };

/**
 * Refuses what can't be read, and shapes that don't account for every byte, so that callers may allocate.
 * @param size bytes of header and numbers together
 * @param bfloat16 take two opaque bytes (`V2`) or uint16 for bfloat16; otherwise `V2` is refused
 */
export function checkHeader(
  header: NpyHeader,
  size: number,
  options: { fail: Fail; bfloat16?: boolean | undefined },
): ReadableHeader {
  const { fail } = options;
  const { descr, shape } = header;
  let dtype = header.dtype;
  if (!dtype) {
    if (/^[<>|=]O/.test(descr)) {
      throw fail('it holds Python objects, which are never read (no pickle).', {
        hint: 'Save it as numbers: numpy.savez without object arrays.',
      });
    }
    throw fail(`its type ${JSON.stringify(descr.slice(0, 40))} is not read.`);
  }
  if (options.bfloat16 && dtype.name === 'uint16') dtype = { ...dtype, name: 'bfloat16' };
  if (dtype.name === 'bfloat16' && !options.bfloat16) {
    throw fail('it holds two-byte opaque values (bfloat16?), which are not read here.', {
      hint: 'Save it as float32.',
    });
  }
  const promised = sizeOfShape(shape) * dtype.itemSize;
  const held = size - header.dataOffset;
  if (!Number.isSafeInteger(promised) || promised !== held) {
    const numbers = promised > held ? 'more than' : 'fewer than';
    throw fail(`its header promises [${shape.join(', ')}] ${dtype.name}, ${numbers} the ${held} bytes it holds.`);
  }
  return { ...header, dtype };
}

/**
 * Reads the numbers that follow a header into `out`, in C order whatever the file's order. Float32 in C order goes
 * from the source to `out` directly; other types pass through one piece of at most 1 MiB.
 * @param source stands at the first number
 */
export async function readNumbers<T extends Float32Array | Float64Array>(
  source: ByteSource,
  header: ReadableHeader,
  out: T,
): Promise<T> {
  const { dtype, shape } = header;
  const sameBytes = dtype.name === 'float32' && out instanceof Float32Array;
  if (sameBytes) {
    const bytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
    await source.fill(bytes);
    if (dtype.bigEndian) swapBytes(bytes, dtype.itemSize);
  } else {
    const perChunk = CHUNK / dtype.itemSize;
    const staging = new Uint8Array(Math.min(out.length, perChunk) * dtype.itemSize);
    for (let start = 0; start < out.length; start += perChunk) {
      const bytes = staging.subarray(0, Math.min(perChunk, out.length - start) * dtype.itemSize);
      await source.fill(bytes);
      if (dtype.bigEndian) swapBytes(bytes, dtype.itemSize);
      decodeInto(bytes, dtype, { out, start });
    }
  }
  return header.fortranOrder && shape.length > 1 ? fromFortranOrder(out, shape) : out;
}

/** The same array with its last index fastest. */
function fromFortranOrder<T extends Float32Array | Float64Array>(values: T, shape: readonly number[]): T {
  const out = new (values.constructor as new (length: number) => T)(values.length);
  const strides = shape.map((_, i) => sizeOfShape(shape.slice(0, i))); // of the file, first index fastest
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = values[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
