/**
 * Rounds float32 values to the nearest bfloat16 (ties to even), as float32. NaN stays NaN.
 * bfloat16 is the upper half of a float32: 8 bits of exponent, 7 of fraction.
 */
export function roundToBfloat16(values: Float32Array): Float32Array {
  const rounded = new Float32Array(values.length);
  const from = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const to = new Uint32Array(rounded.buffer);
  for (let i = 0; i < from.length; i++) to[i] = toBits(from[i]!) << 16;
  return rounded;
}

/** The 16-bit patterns of float32 values rounded to bfloat16. */
export function bfloat16Bits(values: Float32Array): Uint16Array {
  return Uint16Array.from(new Uint32Array(values.buffer, values.byteOffset, values.length), toBits);
}

/** float32 values of 16-bit bfloat16 patterns. */
export function fromBfloat16Bits(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (b) => b << 16).buffer);
}

function toBits(x: number): number {
  const isNaN = (x & 0x7fffffff) > 0x7f800000;
  return isNaN ? (x >>> 16) | 0x40 : ((x + 0x7fff + ((x >>> 16) & 1)) >>> 16) & 0xffff;
}
