import { stat } from 'node:fs/promises';
import { checkpointFail, type Fail } from '../../src-shared/checkpoints/checkpoint-error.ts';
import type { AppError } from '../../src-shared/errors.ts';
import { openFile } from './file-access.ts';

/** The format of a file's content. */
export type FileFormat = 'npz' | 'safetensors' | 'flax';

const SAFE_WAY =
  'Save it as safetensors where it came from: safetensors.torch.save_file(state_dict, "model.safetensors").';

/** Formats that are not read, by their first bytes. */
const OTHERS: readonly { first: readonly number[]; what: string; hint: string }[] = [
  {
    first: [0x80], // a pickle's protocol; PyTorch before 1.6 wrote one after the other
    what: 'a Python pickle (a PyTorch checkpoint?), which can run any code when it is read and is never opened here.',
    hint: SAFE_WAY,
  },
  {
    first: [0x89, 0x48, 0x44, 0x46],
    what: 'an HDF5 file (a Keras checkpoint?), which is not read.',
    hint: 'Save its arrays with numpy.savez.',
  },
  { first: [0x93, 0x4e, 0x55, 0x4d], what: 'a single array (.npy), not a checkpoint.', hint: 'Choose an .npz file.' },
  { first: [0x1f, 0x8b], what: 'compressed with gzip.', hint: 'Unpack it first.' },
];

/** A first member's header, or the end of an archive without members. */
const ZIP = [
  [0x50, 0x4b, 3, 4],
  [0x50, 0x4b, 5, 6],
] as const;

/** @throws AppError not_found, bad_file, bad_checkpoint */
export async function formatOf(path: string): Promise<FileFormat> {
  const fail = checkpointFail(path);
  const file = await openFile(path, fail);
  try {
    const first = await file.read(0, Math.min(512, file.size));
    if (ZIP.some((magic) => startsWith(first, magic))) {
      if (isPytorchZip(first)) throw pickleError(fail);
      return 'npz';
    }
    // A safetensors header's length comes first: a JSON object follows, or the file is too damaged to say.
    if (first[8] === 0x7b) return 'safetensors';
    if (isStateOfFlax(first)) return 'flax';
    const other = OTHERS.find(({ first: magic }) => startsWith(first, magic));
    if (other) throw fail(`this is ${other.what}`, { hint: other.hint });
    throw fail('this is no checkpoint of a known format.', {
      hint: 'Known: .npz as AugReg publishes it, .safetensors as timm and Hugging Face do, and what flax writes for vit_jax.',
    });
  } finally {
    await file.close();
  }
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return bytes.byteLength > magic.length && magic.every((byte, i) => bytes[i] === byte);
}

/** msgpack: a map that isn't empty, and a text as its first key. */
function isStateOfFlax([map, key]: Uint8Array): boolean {
  if (map === undefined || key === undefined) return false;
  const isMap = (map > 0x80 && map <= 0x8f) || map === 0xde || map === 0xdf;
  return isMap && (map > 0x8f || (key >= 0xa0 && key <= 0xbf) || (key >= 0xd9 && key <= 0xdb));
}

/** torch.save puts `NAME/data.pkl` first. */
function isPytorchZip(first: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(first);
  // eslint-disable-next-line no-control-regex -- a zip's magic number
  return /^PK\x03\x04[\s\S]{26}[^\0]*data\.pkl/.test(text);
}

/** Of an archive that torch.save wrote. */
export function pickleError(fail: Fail): AppError {
  return fail(
    'this is a PyTorch checkpoint (a pickle), which can run any code when it is read and is never opened here.',
    {
      hint: SAFE_WAY,
    },
  );
}

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}
