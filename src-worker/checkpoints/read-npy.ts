import type { Fail } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { AppError } from '../../src-shared/errors.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { storedSource } from './byte-source.ts';
import { openFile } from './file-access.ts';
import { readHeader } from './npz-file.ts';
import type { NpzArray, ReadOptions } from './npz-file.ts';
import { checkHeader, readNumbers } from './read-array.ts';

/**
 * Reads one .npy array as float32, in C order.
 * @throws AppError not_found; bad_file for what is no .npy, truncated, or of a type that is not read
 */
export async function readNpy(path: string, options: ReadOptions = {}): Promise<NpzArray> {
  const fail: Fail = (reason, more = {}) =>
    new AppError('bad_file', `${path}: ${reason}`, { ...more, details: { file: path } });
  const file = await openFile(path, fail);
  try {
    const whole = { offset: 0, compressedSize: file.size, size: file.size, crc32: undefined };
    const parsed = await readHeader(() => storedSource(file, whole, fail), file.size, fail);
    const header = checkHeader(parsed, file.size, { fail, bfloat16: options.bfloat16 });
    const numbers = { ...whole, offset: header.dataOffset, size: file.size - header.dataOffset };
    const source = storedSource(file, numbers, fail);
    const data = await readNumbers(source, header, new Float32Array(sizeOfShape(header.shape)));
    await source.finish();
    return { shape: header.shape, data };
  } finally {
    await file.close();
  }
}
