// Writes what flax.serialization.msgpack_serialize writes, for tests and for the fuzz.
import { bfloat16Bits } from '../../src-shared/bfloat16.ts';
import type { Params } from '../../src-shared/models/params.ts';

/** A tree as flax has it: maps, numbers, texts, and arrays of a named type. */
export type FlaxValue = number | string | boolean | null | FlaxArray | { [key: string]: FlaxValue };

export class FlaxArray {
  readonly shape: readonly number[];
  /** numpy's name. */
  readonly dtype: string;
  readonly bytes: Uint8Array;

  constructor(shape: readonly number[], dtype: string, bytes: ArrayBufferView) {
    this.shape = shape;
    this.dtype = dtype;
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

export function packFlax(value: FlaxValue): Buffer {
  if (value === null) return Buffer.of(0xc0);
  if (typeof value === 'boolean') return Buffer.of(value ? 0xc3 : 0xc2);
  if (typeof value === 'number') return packNumber(value);
  if (typeof value === 'string') return packText(value);
  if (value instanceof FlaxArray) return packArray(value);
  const pairs = Object.entries(value);
  const head = pairs.length < 16 ? Buffer.of(0x80 | pairs.length) : withLength(0xde, pairs.length, 2);
  return Buffer.concat([head, ...pairs.flatMap(([key, child]) => [packText(key), packFlax(child)])]);
}

/** vit_jax's (params, opt_state, step) as a state. */
export function vitJaxState(params: Params, trace: Params, step: number): { [key: string]: FlaxValue } {
  const count = new FlaxArray([], 'int32', Int32Array.of(step));
  return {
    0: nested(params, ({ shape, data }) => new FlaxArray(shape, 'float32', data)),
    1: {
      0: {}, // clip_by_global_norm
      1: {
        0: { trace: nested(trace, ({ shape, data }) => new FlaxArray(shape, 'bfloat16', bfloat16Bits(data))) },
        1: { count },
      },
    },
    2: step,
  };
}

function nested(
  tensors: Params,
  convert: (tensor: { shape: readonly number[]; data: Float32Array }) => FlaxArray,
): { [key: string]: FlaxValue } {
  const root: { [key: string]: FlaxValue } = {};
  for (const [name, tensor] of tensors) {
    const path = name.split('/');
    const leaf = path.pop()!;
    let node = root;
    for (const key of path) node = (node[key] ??= {}) as { [key: string]: FlaxValue };
    node[leaf] = convert(tensor);
  }
  return root;
}

function packNumber(value: number): Buffer {
  if (!Number.isInteger(value)) {
    const bytes = Buffer.alloc(9, 0xcb);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (value >= 0 && value < 128) return Buffer.of(value);
  const bytes = Buffer.alloc(9, 0xd3);
  bytes.writeBigInt64BE(BigInt(value), 1);
  return bytes;
}

function packText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const head = bytes.length < 32 ? Buffer.of(0xa0 | bytes.length) : withLength(0xd9, bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function packArray({ shape, dtype, bytes }: FlaxArray): Buffer {
  const content = Buffer.concat([
    Buffer.of(0x93, 0x90 | shape.length),
    ...shape.map(packNumber),
    packText(dtype),
    withLength(0xc6, bytes.length, 4),
    bytes,
  ]);
  return Buffer.concat([withLength(0xc9, content.length, 4), Buffer.of(1), content]);
}

function withLength(type: number, length: number, width: number): Buffer {
  const head = Buffer.alloc(1 + width, type);
  head.writeUIntBE(length, 1, width);
  return head;
}
