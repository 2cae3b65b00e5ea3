import { createHash } from 'node:crypto';
import type { Fail } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { CHUNK } from './byte-source.ts';
import type { FileAccess, Watch } from './file-access.ts';

/** A file that is read once, from its start on: every byte up to where it stands was hashed. */
export interface FilePass extends FileAccess {
  /** Bytes read and hashed so far; nothing before it can be read again. */
  readonly position: number;
  /** Reads on to `offset`, keeping nothing. */
  skipTo(offset: number): Promise<void>;
  /** Reads what is left. @returns SHA-256 of the file, lower-case hexadecimal */
  finish(): Promise<string>;
}

/** @param file stays open; whoever opened it closes it */
export function filePass(file: FileAccess): FilePass {
  const hash = createHash('sha256');
  const skipped = new Uint8Array(Math.min(2 * CHUNK, file.size));
  let position = 0;

  async function readInto(target: Uint8Array, offset: number, watch?: Watch): Promise<void> {
    await skipTo(offset);
    await file.readInto(target, offset, (part) => {
      hash.update(part);
      watch?.(part);
    });
    position += target.byteLength;
  }

  async function skipTo(offset: number): Promise<void> {
    if (offset < position) throw new Error(`${file.path} was read up to ${position}, so not again from ${offset}`);
    while (position < offset) {
      const part = skipped.subarray(0, Math.min(skipped.byteLength, offset - position));
      await file.readInto(part, position, (piece) => void hash.update(piece));
      position += part.byteLength;
    }
  }

  return {
    ...file,
    get position() {
      return position;
    },
    readInto,
    skipTo,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      await readInto(bytes, offset);
      return bytes;
    },
    async finish() {
      await skipTo(file.size);
      return hash.digest('hex');
    },
  };
}

/** Bytes in memory as if they stood in the file from `offset` on. */
export function bytesAsFile(
  path: string,
  bytes: Uint8Array,
  { offset, fail }: { offset: number; fail: Fail },
): FileAccess {
  const read = async (from: number, length: number): Promise<Uint8Array> => {
    const at = from - offset;
    if (at < 0 || at + length > bytes.byteLength) throw fail('it ends before its data do: it is truncated.');
    return bytes.subarray(at, at + length);
  };
  return {
    path,
    size: offset + bytes.byteLength,
    read,
    async readInto(target, from, watch) {
      target.set(await read(from, target.byteLength));
      watch?.(target);
    },
    async close() {},
  };
}
