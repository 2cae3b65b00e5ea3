import { createHash } from 'node:crypto';
import { checkpointFail } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { decodeInto } from '../../src-shared/checkpoints/npy-dtype.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { dtypeInWords, weightDtype } from '../../src-shared/safetensors/dtype.ts';
import { headerLength, LENGTH_BYTES, parseHeader } from '../../src-shared/safetensors/header.ts';
import type { SafetensorsEntry } from '../../src-shared/safetensors/header.ts';
import { CHUNK } from './byte-source.ts';
import { openFile, type FileAccess } from './file-access.ts';
import type { TensorEntry, TensorFile } from './tensor-entry.ts';

/** An open .safetensors file. Everything but its numbers was checked when it was opened. */
export interface SafetensorsFile extends TensorFile {
  /** In the order of their data. */
  readonly entries: readonly (TensorEntry & { readonly byteLength: number })[];
  /** The text fields of its header. */
  readonly metadata: ReadonlyMap<string, string>;
  /**
   * Reads the file once from start to end: hands over each tensor that `wanted` names, and hashes every byte.
   * @returns SHA-256 of the file, lower-case hexadecimal
   */
  readThrough(wanted: (name: string) => boolean, visit: (name: string, tensor: NamedTensor) => void): Promise<string>;
}

/**
 * Opens a .safetensors file. Numbers follow one tensor at a time, straight into their own memory where they are float32.
 * @throws AppError not_found, bad_file, bad_checkpoint
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const fail = checkpointFail(path);
  const failTensor = (name: string) => checkpointFail(path, name);
  const file = await openFile(path, fail);
  try {
    const length = headerLength(await file.read(0, Math.min(LENGTH_BYTES, file.size)), file.size, fail);
    const json = await file.read(LENGTH_BYTES, length);
    const { entries, metadata } = parseHeader(json, file.size, { fail, failTensor });
    return safetensorsFile(file, entries, metadata);
  } catch (error) {
    await file.close();
    throw error;
  }
}

type Watch = (bytes: Uint8Array) => void;

function safetensorsFile(
  file: FileAccess,
  entries: readonly SafetensorsEntry[],
  metadata: ReadonlyMap<string, string>,
): SafetensorsFile {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));

  function entryOf(name: string): SafetensorsEntry {
    const entry = byName.get(name);
    if (!entry) throw new AppError('bad_checkpoint', `${file.path} holds no tensor ${JSON.stringify(name)}.`);
    return entry;
  }

  async function readEntry({ name, dtype, shape, offset }: SafetensorsEntry, watch?: Watch): Promise<NamedTensor> {
    const type = weightDtype(dtype);
    if (!type) {
      throw checkpointFail(file.path, name)(
        `it holds ${dtypeInWords(dtype)}, but weights are floating-point numbers.`,
        {
          hint: 'Save it as float32, float16 or bfloat16.',
        },
      );
    }
    const data = new Float32Array(sizeOfShape(shape));
    if (type.name === 'float32') {
      const bytes = new Uint8Array(data.buffer);
      await readPieces(bytes, offset, watch);
      return { shape, data };
    }
    const perChunk = CHUNK / type.itemSize;
    const staging = new Uint8Array(Math.min(data.length, perChunk) * type.itemSize);
    for (let start = 0; start < data.length; start += perChunk) {
      const bytes = staging.subarray(0, Math.min(perChunk, data.length - start) * type.itemSize);
      await readPieces(bytes, offset + start * type.itemSize, watch);
      decodeInto(bytes, type, { out: data, start });
    }
    return { shape, data };
  }

  async function readPieces(target: Uint8Array, offset: number, watch: Watch | undefined): Promise<void> {
    for (let at = 0; at < target.byteLength; at += CHUNK) {
      const part = target.subarray(at, at + CHUNK);
      await file.readInto(part, offset + at);
      watch?.(part);
    }
  }

  async function skim(offset: number, length: number, watch?: Watch): Promise<void> {
    const buffer = new Uint8Array(Math.min(CHUNK, length));
    for (let left = length; left > 0; left -= buffer.byteLength) {
      await readPieces(buffer.subarray(0, Math.min(left, buffer.byteLength)), offset + length - left, watch);
    }
  }

  return {
    path: file.path,
    size: file.size,
    entries: entries.map(({ name, shape, dtype, byteLength }) => ({
      name,
      shape,
      dtype: dtypeInWords(dtype),
      byteLength,
    })),
    metadata,
    read: async (name) => {
      const { shape, data } = await readEntry(entryOf(name));
      return { shape, data };
    },
    verify: async (name) => {
      const { offset, byteLength } = entryOf(name);
      await skim(offset, byteLength);
    },
    async readThrough(wanted, visit) {
      const hash = createHash('sha256');
      const watch: Watch = (bytes) => void hash.update(bytes);
      await skim(0, entries[0]?.offset ?? file.size, watch);
      for (const entry of entries) {
        if (wanted(entry.name)) visit(entry.name, await readEntry(entry, watch));
        else await skim(entry.offset, entry.byteLength, watch);
      }
      return hash.digest('hex');
    },
    close: () => file.close(),
  };
}
