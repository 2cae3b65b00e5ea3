import { crc32 } from 'node:zlib';
import { formatNpyHeader } from '../../src-shared/checkpoints/npy-header.ts';
import { centralDirectory, localHeader } from '../../src-shared/checkpoints/zip-records.ts';
import type { WrittenEntry } from '../../src-shared/checkpoints/zip-records.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { CHUNK } from './byte-source.ts';
import { writeFileAtomically } from './stage-file.ts';
import type { ByteSink } from './stage-file.ts';

export type NamedTensors = Iterable<readonly [string, NamedTensor]> | AsyncIterable<readonly [string, NamedTensor]>;

/**
 * Writes an .npz as numpy.savez does, byte for byte (stored, float32, Zip64 where needed, no clock in it), whole or not
 * at all. Tensors are taken one by one, in the order given.
 * @returns bytes and SHA-256 of the file
 * @throws AppError disk_full, not_found, bad_file
 */
export async function writeNpz(path: string, tensors: NamedTensors): Promise<{ size: number; sha256: string }> {
  return writeFileAtomically(path, (sink) => writeNpzTo(sink, tensors));
}

export async function writeNpzTo(sink: ByteSink, tensors: NamedTensors): Promise<void> {
  const entries: WrittenEntry[] = [];
  const names = new Set<string>();
  for await (const [name, tensor] of tensors) {
    if (names.has(name)) throw new Error(`two tensors named ${name}`);
    names.add(name);
    const header = formatNpyHeader(tensor.shape);
    const data = bytesOf(name, tensor);
    const entry: WrittenEntry = {
      name: `${name}.npy`,
      crc32: crcOf(data, crc32(header)),
      size: header.byteLength + data.byteLength,
      headerOffset: sink.position,
    };
    await sink.write(localHeader(entry));
    await sink.write(header);
    await sink.write(data);
    entries.push(entry);
  }
  await sink.write(centralDirectory(entries, sink.position));
}

/** Writes one float32 array as .npy, whole or not at all. Errors as `writeNpz`. */
export async function writeNpy(path: string, tensor: NamedTensor): Promise<{ size: number; sha256: string }> {
  return writeFileAtomically(path, async (sink) => {
    await sink.write(formatNpyHeader(tensor.shape));
    await sink.write(bytesOf(path, tensor));
  });
}

function bytesOf(name: string, { shape, data }: NamedTensor): Uint8Array {
  if (data.length !== sizeOfShape(shape)) {
    throw new Error(`${name}: [${shape.join(', ')}] needs ${sizeOfShape(shape)} numbers and has ${data.length}`);
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function crcOf(bytes: Uint8Array, start: number): number {
  let crc = start;
  for (let at = 0; at < bytes.byteLength; at += CHUNK) crc = crc32(bytes.subarray(at, at + CHUNK), crc);
  return crc;
}
