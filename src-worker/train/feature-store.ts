import { closeSync, openSync, readSync } from 'node:fs';
import { formatNpyHeader } from '../../src-shared/checkpoints/npy-header.ts';
import type { FeatureFiles, Shard } from './feature-files.ts';

interface OpenShard extends Shard {
  file: number;
  /** Bytes before the first number. */
  header: number;
}

/**
 * Rows of a split's features by number, read from where they stand: what fits stays in the system's cache, and a set
 * larger than memory works too. The caller closes it.
 */
export class FeatureStore {
  readonly #width: number;
  readonly #shards: OpenShard[];
  readonly #rows: number;

  constructor(files: FeatureFiles, shards: readonly Shard[], width: number) {
    this.#width = width;
    this.#shards = shards.map((shard) => ({
      ...shard,
      file: openSync(files.pathOf(shard), 'r'),
      header: formatNpyHeader([shard.to - shard.from, width]).byteLength,
    }));
    this.#rows = shards[0] ? shards[0].to : 0;
  }

  /** @returns [items, F] */
  rows(items: ArrayLike<number>): Float32Array {
    const data = new Float32Array(items.length * this.#width);
    const bytes = 4 * this.#width;
    for (let i = 0; i < items.length; i++) {
      const item = items[i]!;
      const { file, header, from } = this.#shards[Math.floor(item / this.#rows)]!; // all but the last are of one size
      const view = new Uint8Array(data.buffer, i * bytes, bytes);
      const read = readSync(file, view, 0, bytes, header + (item - from) * bytes);
      if (read !== bytes) throw new Error(`the features of image ${item} end early`);
    }
    return data;
  }

  close(): void {
    for (const { file } of this.#shards) closeSync(file);
  }
}
