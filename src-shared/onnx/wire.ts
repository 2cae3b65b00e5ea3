/**
 * Protocol buffers' wire format, as much of it as an ONNX file needs (protobuf.dev/programming-guides/encoding).
 * Fields come out in the order they are given, so equal input gives equal bytes.
 */
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const text = new TextEncoder();

/** A number of bytes, or an int64; negative ones take ten bytes, as two's complement. */
export function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** What stands before the bytes of a length-delimited field. */
export function lengthPrefix(field: number, length: number): Uint8Array {
  return joined([varint((field << 3) | LENGTH_DELIMITED), varint(length)]);
}

export function intField(field: number, value: number): Uint8Array {
  return joined([varint((field << 3) | VARINT), varint(value)]);
}

export function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joined([varint((field << 3) | FIXED32), bytes]);
}

/** Bytes, a string, or a message given as its encoded fields. */
export function bytesField(field: number, content: Uint8Array | string | readonly Uint8Array[]): Uint8Array {
  const bytes =
    typeof content === 'string' ? text.encode(content) : content instanceof Uint8Array ? content : joined(content);
  return joined([lengthPrefix(field, bytes.byteLength), bytes]);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((n, part) => n + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}
