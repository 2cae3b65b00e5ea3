import { open, type FileHandle } from 'node:fs/promises';
import { maskedCrc } from '../../../../src-shared/crc32c.ts';
import { AppError } from '../../../../src-shared/errors.ts';

export interface TfRecord {
  /** In the file, from 0. */
  number: number;
  /** Where the data begins in the file, bytes. */
  offset: number;
  /** Only good until the next record is asked for. */
  data: Uint8Array;
}

/** Length, its masked CRC; after the data, the data's masked CRC. */
const HEAD_BYTES = 12;
const FOOT_BYTES = 4;
/** Read at a time; larger records are read whole. */
const BUFFER_BYTES = 8 << 20;
/** tfds writes no image as large. */
const MAX_RECORD_BYTES = 1 << 30;

/**
 * The records of a TFRecord file, each held against its two checksums.
 * @throws AppError bad_file naming file, record and offset where a checksum is wrong or the file ends early
 */
export async function* readTfRecords(path: string, signal?: AbortSignal): AsyncGenerator<TfRecord> {
  const file = await open(path);
  try {
    const window = new Window(file, (await file.stat()).size);
    for (let number = 0, offset = 0; offset < window.size; number++) {
      if (signal?.aborted) throw new AppError('interrupted', 'Reading the data set was interrupted.');
      const wrong = (why: string): AppError => damaged(path, { number, offset, why });
      const head = await window.at(offset, HEAD_BYTES);
      if (head === null) throw wrong('the file ends within its header');
      const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
      if (view.getUint32(8, true) !== maskedCrc(head.subarray(0, 8))) throw wrong("its length's checksum is wrong");
      const length = view.getBigUint64(0, true);
      if (length > MAX_RECORD_BYTES) throw wrong(`its length is given as ${length} bytes`);
      const size = Number(length);
      const rest = await window.at(offset + HEAD_BYTES, size + FOOT_BYTES);
      if (rest === null) throw wrong('the file ends within it');
      const data = rest.subarray(0, size);
      const foot = new DataView(rest.buffer, rest.byteOffset + size, FOOT_BYTES);
      if (foot.getUint32(0, true) !== maskedCrc(data)) throw wrong("its data's checksum is wrong");
      yield { number, offset: offset + HEAD_BYTES, data };
      offset += HEAD_BYTES + size + FOOT_BYTES;
    }
  } finally {
    await file.close();
  }
}

/** A file read forwards, a large piece at a time. */
class Window {
  readonly size: number;
  readonly #file: FileHandle;
  #start = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** Null past the end of the file. */
  async at(offset: number, length: number): Promise<Uint8Array | null> {
    if (offset + length > this.size) return null;
    const held = offset - this.#start;
    if (held < 0 || held + length > this.#bytes.length) await this.#read(offset, Math.max(length, BUFFER_BYTES));
    const from = offset - this.#start;
    return from + length > this.#bytes.length ? null : this.#bytes.subarray(from, from + length);
  }

  async #read(offset: number, length: number): Promise<void> {
    const bytes = Buffer.allocUnsafe(Math.min(length, this.size - offset));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await this.#file.read(bytes, filled, bytes.length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    this.#start = offset;
    this.#bytes = bytes.subarray(0, filled);
  }
}

function damaged(path: string, { number, offset, why }: { number: number; offset: number; why: string }): AppError {
  return new AppError('bad_file', `${path} is damaged at record ${number} (byte ${offset}): ${why}.`, {
    hint: 'Prepare or fetch the file again.',
    details: { path, record: number, offset },
  });
}
