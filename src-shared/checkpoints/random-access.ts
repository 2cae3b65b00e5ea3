/** A file (or bytes in memory) read at any place. Format code asks for bytes through this and never holds a whole file. */
export interface RandomAccess {
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`; callers stay within `size`. */
  read(offset: number, length: number): Promise<Uint8Array> | Uint8Array;
}

export function memoryAccess(bytes: Uint8Array): RandomAccess {
  return { size: bytes.byteLength, read: (offset, length) => bytes.subarray(offset, offset + length) };
}
