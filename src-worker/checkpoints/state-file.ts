import type { StateLeaf } from '../../src-shared/flax/state-tree.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';

/** An open state that flax wrote: parameters and, of a training run, what it goes on with. Numbers are read later. */
export interface StateFile {
  readonly path: string;
  /** Bytes, of all its files. */
  readonly size: number;
  /** Whether its numbers are packed: only reading them tells that they are sound. */
  readonly packed: boolean;
  /** In the order of their data. */
  readonly leaves: readonly StateLeaf[];
  /**
   * Reads everything once from start to end: hands over each array that `wanted` names, and hashes every byte.
   * @returns SHA-256, lower-case hexadecimal
   * @throws AppError bad_checkpoint, for a wanted array that holds no floating-point numbers among others
   */
  readThrough(wanted: (name: string) => boolean, visit: (name: string, tensor: NamedTensor) => void): Promise<string>;
  /** A single whole number. @throws AppError bad_checkpoint for anything else */
  integer(leaf: StateLeaf): Promise<number>;
  close(): Promise<void>;
}
