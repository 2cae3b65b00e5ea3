import { CHUNK } from './byte-source.ts';
import type { FileAccess } from './file-access.ts';

/** Reads a file from its start, once. */
export interface FileReader {
  readonly position: number;
  /** Reads on to a place, keeping nothing. */
  skimTo(offset: number): Promise<void>;
  fill(target: Uint8Array): Promise<void>;
}

/** Shows every byte to `watch`. */
export function readerOf(file: FileAccess, watch: (bytes: Uint8Array) => void): FileReader {
  let position = 0;
  async function fill(target: Uint8Array): Promise<void> {
    for (let at = 0; at < target.byteLength; at += CHUNK) {
      const part = target.subarray(at, at + CHUNK);
      await file.readInto(part, position);
      watch(part);
      position += part.byteLength;
    }
  }
  return {
    get position() {
      return position;
    },
    fill,
    async skimTo(offset) {
      const buffer = new Uint8Array(Math.min(CHUNK, offset - position));
      while (position < offset) await fill(buffer.subarray(0, Math.min(buffer.byteLength, offset - position)));
    },
  };
}
