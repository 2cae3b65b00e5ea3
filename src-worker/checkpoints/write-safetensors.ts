import type { NamedTensor } from '../../src-shared/models/params.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { formatHeader } from '../../src-shared/safetensors/header.ts';
import { writeFileAtomically } from './stage-file.ts';

/** What a file will hold, before its numbers are there. */
export interface TensorToWrite {
  readonly name: string;
  readonly shape: readonly number[];
  /** Gives the numbers when their turn comes, row-major. */
  readonly data: () => Float32Array;
}

/**
 * Writes a .safetensors file of float32, whole or not at all. Tensors stand sorted by name, as Hugging Face's library
 * writes those of one type; one is made at a time. Equal tensors give equal bytes.
 * @returns bytes and SHA-256 of the file
 * @throws AppError disk_full, not_found, bad_file
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<TensorToWrite>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Promise<{ size: number; sha256: string }> {
  const sorted = [...tensors].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return writeFileAtomically(path, async (sink) => {
    await sink.write(formatHeader(sorted, metadata));
    for (const tensor of sorted) await sink.write(bytesOf(tensor));
  });
}

/** Tensors in memory, to be written. */
export function* tensorsToWrite(tensors: Iterable<readonly [string, NamedTensor]>): Generator<TensorToWrite> {
  for (const [name, { shape, data }] of tensors) yield { name, shape, data: () => data };
}

function bytesOf({ name, shape, data }: TensorToWrite): Uint8Array {
  const numbers = data();
  if (numbers.length !== sizeOfShape(shape)) {
    throw new Error(`${name}: [${shape.join(', ')}] needs ${sizeOfShape(shape)} numbers and has ${numbers.length}`);
  }
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
