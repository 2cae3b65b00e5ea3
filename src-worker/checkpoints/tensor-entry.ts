import type { NamedTensor } from '../../src-shared/models/params.ts';

export interface TensorEntry {
  readonly name: string;
  readonly shape: readonly number[];
  /** `float32` and so on. */
  readonly dtype: string;
}

/** A file (or several that belong together) of named arrays, whatever its format. Its header was checked already. */
export interface TensorFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly entries: readonly TensorEntry[];
  /**
   * Reads everything once, from start to end: checks and hashes every byte, and hands over each tensor that `wanted`
   * names as float32 in C order, in the file's order, in memory that is the receiver's from then on.
   * @returns SHA-256 of the file, lower-case hexadecimal
   * @throws AppError bad_checkpoint: damaged, or a wanted tensor that is no floating-point numbers
   */
  readThrough(wanted: (name: string) => boolean, visit: (name: string, tensor: NamedTensor) => void): Promise<string>;
  close(): Promise<void>;
}

/** Types that weights come in; all are read as float32. */
const WEIGHT_DTYPES: ReadonlySet<string> = new Set(['float64', 'float32', 'float16', 'bfloat16']);

export function isWeight({ dtype }: Pick<TensorEntry, 'dtype'>): boolean {
  return WEIGHT_DTYPES.has(dtype);
}
