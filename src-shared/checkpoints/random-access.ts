/** A file read at any place. Format code asks for bytes through this and never holds a whole file. */
export interface RandomAccess {
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`; callers stay within `size`. */
  read(offset: number, length: number): Promise<Uint8Array> | Uint8Array;
}
