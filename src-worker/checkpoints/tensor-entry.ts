export interface TensorEntry {
  readonly name: string;
  readonly shape: readonly number[];
  /** `float32` and so on. */
  readonly dtype: string;
}

/** A file (or several that belong together) of named arrays, whatever its format. */
export interface TensorFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly entries: readonly TensorEntry[];
  /** An array as float32, in C order. @throws AppError bad_checkpoint */
  read(name: string): Promise<{ shape: readonly number[]; data: Float32Array }>;
  /** Reads an array through and checks all of it, keeping nothing. */
  verify(name: string): Promise<void>;
  close(): Promise<void>;
}
