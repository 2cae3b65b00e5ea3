/**
 * Gives an array's memory back at once, where it has it for itself: JavaScript doesn't know how much TensorFlow holds,
 * and would let what it no longer needs lie. The array is empty afterwards.
 */
export function releaseArray({ buffer, byteLength }: ArrayBufferView): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
