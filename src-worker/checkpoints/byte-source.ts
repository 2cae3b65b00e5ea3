import { Readable, pipeline } from 'node:stream';
import { constants, createInflateRaw, crc32 } from 'node:zlib';
import type { Fail } from '../../src-shared/checkpoints/checkpoint-error.ts';
import type { FileAccess } from './file-access.ts';

/** Bytes of an array in order, from wherever they come. Read `size` of them with `fill`, then call `finish`. */
export interface ByteSource {
  /** Fills `target` with the next bytes. */
  fill(target: Uint8Array): Promise<void>;
  /** Checks that nothing is left and that the checksum fits, where there is one. */
  finish(): Promise<void>;
  /** Frees what is held; needed where `finish` wasn't reached, harmless otherwise. */
  close(): Promise<void>;
}

/** What an entry promises. */
export interface SourceSpan {
  readonly offset: number;
  /** Bytes in the file. */
  readonly compressedSize: number;
  /** Bytes after inflating. */
  readonly size: number;
  /** Undefined without a checksum (.npy). */
  readonly crc32: number | undefined;
}

/** Bytes read, or checked, at a time. */
export const CHUNK = 1 << 20;

/** Bytes that stand in the file as they are; they go straight to where they are wanted. */
export function storedSource(file: FileAccess, span: SourceSpan, fail: Fail): ByteSource {
  let done = 0;
  let crc = 0;
  return {
    async fill(target) {
      if (done + target.byteLength > span.size) throw fail('it ends before its data do.');
      const watch = (part: Uint8Array): void => {
        if (span.crc32 !== undefined) crc = crc32(part, crc);
      };
      await file.readInto(target, span.offset + done, watch);
      done += target.byteLength;
    },
    async finish() {
      if (done !== span.size) throw fail('it holds more bytes than its header describes.');
      checkCrc(crc, span, fail);
    },
    async close() {},
  };
}

/** Deflated bytes, inflated a piece at a time; never more than the entry declares is taken. */
export function inflatedSource(file: FileAccess, span: SourceSpan, fail: Fail): ByteSource {
  const inflate = createInflateRaw({ finishFlush: constants.Z_FINISH });
  pipeline(Readable.from(compressedChunks(file, span)), inflate, () => {
    // An error comes out of the iterator below.
  });
  const pieces = inflate[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let piece = new Uint8Array(0);
  let done = 0;
  let crc = 0;

  async function nextPiece(): Promise<boolean> {
    try {
      const next = await pieces.next();
      if (next.done) return false;
      piece = next.value as Uint8Array<ArrayBuffer>;
    } catch (cause) {
      throw fail('its compressed data are damaged.', { cause });
    }
    done += piece.byteLength;
    if (done > span.size) throw fail('it inflates to more bytes than it declares.');
    crc = crc32(piece, crc);
    return true;
  }

  return {
    async fill(target) {
      for (let at = 0; at < target.byteLength;) {
        if (piece.byteLength === 0 && !(await nextPiece())) throw fail('it inflates to fewer bytes than it declares.');
        const part = piece.subarray(0, target.byteLength - at);
        target.set(part, at);
        piece = piece.subarray(part.byteLength);
        at += part.byteLength;
      }
    },
    async finish() {
      if (piece.byteLength > 0) throw fail('it holds more bytes than its header describes.');
      while (await nextPiece()) {
        if (piece.byteLength > 0) throw fail('it holds more bytes than its header describes.');
      }
      if (done !== span.size) throw fail('it inflates to fewer bytes than it declares.');
      checkCrc(crc, span, fail);
    },
    async close() {
      inflate.destroy();
    },
  };
}

/** Small pieces first: who only wants a header shouldn't read a megabyte. */
async function* compressedChunks(file: FileAccess, span: SourceSpan): AsyncGenerator<Uint8Array> {
  let length = 4096;
  for (let at = 0; at < span.compressedSize; at += length, length = Math.min(2 * length, CHUNK)) {
    yield await file.read(span.offset + at, Math.min(length, span.compressedSize - at));
  }
}

function checkCrc(crc: number, span: SourceSpan, fail: Fail): void {
  if (span.crc32 !== undefined && crc !== span.crc32)
    throw fail('its checksum (CRC-32) is wrong: the file is damaged.');
}
