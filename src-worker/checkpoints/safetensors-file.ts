import { checkpointFail } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { decodeInto } from '../../src-shared/checkpoints/npy-dtype.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { dtypeInWords, weightDtype } from '../../src-shared/safetensors/dtype.ts';
import { headerLength, LENGTH_BYTES, parseHeader } from '../../src-shared/safetensors/header.ts';
import type { SafetensorsEntry } from '../../src-shared/safetensors/header.ts';
import { CHUNK } from './byte-source.ts';
import { openFile, type FileAccess } from './file-access.ts';
import { filePass } from './file-pass.ts';
import { Scratch, type TensorEntry, type TensorFile } from './tensor-entry.ts';

/** An open .safetensors file. Everything but its numbers was checked when it was opened. */
export interface SafetensorsFile extends TensorFile {
  /** In the order of their data. */
  readonly entries: readonly (TensorEntry & { readonly byteLength: number })[];
  /** The text fields of its header. */
  readonly metadata: ReadonlyMap<string, string>;
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

function safetensorsFile(
  file: FileAccess,
  entries: readonly SafetensorsEntry[],
  metadata: ReadonlyMap<string, string>,
): SafetensorsFile {
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
    async readThrough(wanted, visit) {
      const pass = filePass(file);
      const scratch = new Scratch();
      // Of its final size at once: freeing what grew would leave holes in the process's memory.
      const looked = entries.filter(({ name, dtype }) => wanted(name) === 'look' && weightDtype(dtype));
      scratch.take(Math.max(0, ...looked.map(({ shape }) => sizeOfShape(shape))));
      for (const entry of entries) {
        const want = wanted(entry.name);
        const make = (length: number): Float32Array =>
          want === 'keep' ? new Float32Array(length) : scratch.take(length);
        if (want !== 'skip') visit(entry.name, await readEntry(pass, entry, make));
      }
      return pass.finish();
    },
    close: () => file.close(),
  };
}

async function readEntry(
  file: FileAccess,
  { name, dtype, shape, offset }: SafetensorsEntry,
  make: (length: number) => Float32Array,
): Promise<NamedTensor> {
  const type = weightDtype(dtype);
  if (!type) {
    throw checkpointFail(file.path, name)(`it holds ${dtypeInWords(dtype)}, but weights are floating-point numbers.`, {
      hint: 'Save it as float32, float16 or bfloat16.',
    });
  }
  const data = make(sizeOfShape(shape));
  if (type.name === 'float32') {
    await file.readInto(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    return { shape, data };
  }
  const perChunk = CHUNK / type.itemSize;
  const staging = new Uint8Array(Math.min(data.length, perChunk) * type.itemSize);
  for (let start = 0; start < data.length; start += perChunk) {
    const bytes = staging.subarray(0, Math.min(perChunk, data.length - start) * type.itemSize);
    await file.readInto(bytes, offset + start * type.itemSize);
    decodeInto(bytes, type, { out: data, start });
  }
  return { shape, data };
}
