import { createHash } from 'node:crypto';
import { checkpointFail } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { decodeInto } from '../../src-shared/checkpoints/npy-dtype.ts';
import { integerDtypeOfName, weightDtypeOfName } from '../../src-shared/flax/numpy-name.ts';
import { readStateTree, type StateLeaf } from '../../src-shared/flax/state-tree.ts';
import { sizeOfShape, type NamedTensor } from '../../src-shared/models/params.ts';
import { CHUNK } from './byte-source.ts';
import { openFile, type FileAccess } from './file-access.ts';
import { readerOf, type FileReader } from './file-reader.ts';
import type { StateFile } from './state-file.ts';

/**
 * Opens a file of flax's msgpack (`checkpoint_N` of a vit_jax workdir). Its structure is checked; arrays follow one
 * at a time, straight into their own memory where they are float32.
 * @throws AppError not_found, bad_file, bad_checkpoint
 */
export async function openFlaxFile(path: string): Promise<StateFile> {
  const fails = { fail: checkpointFail(path), failTensor: (name: string) => checkpointFail(path, name) };
  const file = await openFile(path, fails.fail);
  try {
    return stateFile(file, await readStateTree(file, fails));
  } catch (error) {
    await file.close();
    throw error;
  }
}

function stateFile(file: FileAccess, leaves: readonly StateLeaf[]): StateFile {
  async function readArray(leaf: StateLeaf, reader: FileReader): Promise<NamedTensor> {
    const type = weightDtypeOfName(leaf.dtype);
    if (!type || leaf.segments.length === 0) {
      const what = `it holds ${leaf.dtype}, but weights are floating-point numbers.`;
      throw checkpointFail(file.path, leaf.name)(what, { hint: 'Save it as float32, float16 or bfloat16.' });
    }
    const data = new Float32Array(sizeOfShape(leaf.shape));
    let start = 0;
    for (const { offset, byteLength } of leaf.segments) {
      await reader.skimTo(offset);
      const count = byteLength / type.itemSize;
      if (type.name === 'float32') await reader.fill(new Uint8Array(data.buffer, 4 * start, byteLength));
      else {
        const staging = new Uint8Array(Math.min(CHUNK, byteLength));
        for (let done = 0; done < byteLength; done += staging.byteLength) {
          const bytes = staging.subarray(0, Math.min(staging.byteLength, byteLength - done));
          await reader.fill(bytes);
          decodeInto(bytes, type, { out: data, start: start + done / type.itemSize });
        }
      }
      start += count;
    }
    return { shape: leaf.shape, data };
  }

  return {
    path: file.path,
    size: file.size,
    packed: false,
    leaves,
    async readThrough(wanted, visit) {
      const hash = createHash('sha256');
      const reader = readerOf(file, (bytes) => void hash.update(bytes));
      for (const leaf of leaves) if (wanted(leaf.name)) visit(leaf.name, await readArray(leaf, reader));
      await reader.skimTo(file.size);
      return hash.digest('hex');
    },
    async integer(leaf) {
      const value = leaf.value ?? (await readInteger(file, leaf));
      if (value !== undefined && Number.isSafeInteger(value)) return value;
      throw checkpointFail(file.path, leaf.name)('it is no whole number of ordinary size.');
    },
    close: () => file.close(),
  };
}

async function readInteger(file: FileAccess, { dtype, shape, segments }: StateLeaf): Promise<number | undefined> {
  const type = integerDtypeOfName(dtype);
  if (!type || shape.length > 0 || segments.length !== 1) return undefined;
  const value = new Float64Array(1);
  decodeInto(await file.read(segments[0]!.offset, type.itemSize), type, { out: value, start: 0 });
  return value[0];
}
