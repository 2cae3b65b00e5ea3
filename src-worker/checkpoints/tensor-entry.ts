import type { NamedTensor } from '../../src-shared/models/params.ts';
import { releaseArray } from '../release-array.ts';

export interface TensorEntry {
  readonly name: string;
  readonly shape: readonly number[];
  /** `float32` and so on. */
  readonly dtype: string;
}

/** A tensor is kept in memory of its own, looked at in memory that the next one overwrites, or skipped. */
export type Wanted = 'keep' | 'look' | 'skip';

/** A file (or several that belong together) of named arrays, whatever its format. Its header was checked already. */
export interface TensorFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly entries: readonly TensorEntry[];
  /**
   * Reads everything once, from start to end: checks and hashes every byte, and hands over each tensor that isn't
   * skipped as float32 in C order, in the file's order.
   * @returns SHA-256 of the file, lower-case hexadecimal
   * @throws AppError bad_checkpoint: damaged, or a tensor not skipped that is no floating-point numbers
   */
  readThrough(wanted: (name: string) => Wanted, visit: (name: string, tensor: NamedTensor) => void): Promise<string>;
  close(): Promise<void>;
}

/** Types that weights come in; all are read as float32. */
const WEIGHT_DTYPES: ReadonlySet<string> = new Set(['float64', 'float32', 'float16', 'bfloat16']);

export function isWeight({ dtype }: Pick<TensorEntry, 'dtype'>): boolean {
  return WEIGHT_DTYPES.has(dtype);
}

/** Memory for one tensor after the other. */
export class Scratch {
  #array = new Float32Array(0);

  /** So many numbers, of any value, until the next call. */
  take(length: number): Float32Array {
    if (length > this.#array.length) {
      releaseArray(this.#array);
      this.#array = new Float32Array(length);
    }
    return this.#array.subarray(0, length);
  }
}
