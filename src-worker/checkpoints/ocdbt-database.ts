import { basename, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { checkpointFail } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { ByteReader, DamagedBytes } from '../../src-shared/orbax/byte-reader.ts';
import { crc32c } from '../../src-shared/crc32c.ts';
import { MAGIC, readManifest, readNode, type LeafValue, type NodePlace } from '../../src-shared/orbax/ocdbt.ts';
import { openFile } from './file-access.ts';

export const MANIFEST = 'manifest.ocdbt';
/** Bytes of a manifest or node, unpacked; a checkpoint of ViT-H/14 has some of 100 kB. */
const MAX_BODY = 8 << 20;
const MAX_NODES = 1000;
/** Two for each array. */
const MAX_VALUES = 20_000;
const MAX_HEIGHT = 8;

/**
 * The keys of a database of TensorStore (OCDBT) in its newest version, with the places of their values.
 * Source: tensorstore/kvstore/ocdbt (storage format)
 * @throws AppError bad_checkpoint, naming the file
 */
export async function readOcdbt(folder: string): Promise<LeafValue[]> {
  const path = join(folder, MANIFEST);
  const manifest = await readWrapped(path, { offset: 0, length: undefined, magic: MAGIC.manifest });
  const root = parsed(path, () => readManifest(manifest));
  const values: LeafValue[] = [];
  const todo: NodePlace[] = root ? [root] : [];
  if (root && root.height > MAX_HEIGHT) throw checkpointFail(path)(`its tree is ${root.height} nodes deep.`);
  for (let nodes = 1; todo.length > 0; nodes++) {
    const place = todo.pop()!;
    const file = join(folder, place.file);
    const fail = checkpointFail(file);
    if (nodes + todo.length > MAX_NODES || values.length > MAX_VALUES) {
      throw fail(`its tree has more than ${MAX_NODES} nodes or ${MAX_VALUES} values.`);
    }
    const body = await readWrapped(file, { ...place, magic: MAGIC.node });
    const node = parsed(file, () => readNode(body, place));
    todo.push(...node.children);
    values.push(...node.values);
  }
  return values;
}

/** Errors of `read` name the file. */
function parsed<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DamagedBytes)) throw error;
    throw checkpointFail(path)(`${basename(path)} is damaged or of a newer format (${error.message}).`, {
      cause: error,
    });
  }
}

/** A manifest or node without its wrapping: magic, length, version, compression; body; checksum. */
async function readWrapped(
  path: string,
  { offset, length, magic }: { offset: number; length: number | undefined; magic: number },
): Promise<Uint8Array> {
  const fail = checkpointFail(path);
  const file = await openFile(path, fail);
  let bytes: Uint8Array;
  try {
    const size = length ?? file.size;
    if (size > MAX_BODY) throw fail(`a part of it has ${size} bytes; more than ${MAX_BODY} are not read.`);
    bytes = await file.read(offset, size);
  } finally {
    await file.close();
  }
  return parsed(path, () => {
    const reader = new ByteReader(bytes);
    if (reader.uint32be() !== magic) throw new DamagedBytes('it begins with other bytes');
    if (reader.uint64le() !== bytes.byteLength) throw new DamagedBytes('its length is another');
    if (reader.varint() !== 0) throw new DamagedBytes('its version is not known');
    const compression = reader.varint();
    const body = reader.take(reader.left - 4);
    const checksum = reader.take(4);
    if (crc32c(bytes.subarray(0, -4)) !== new DataView(checksum.buffer, checksum.byteOffset).getUint32(0, true)) {
      throw new DamagedBytes('its checksum is wrong');
    }
    if (compression === 0) return body;
    if (compression !== 1) throw new DamagedBytes('it is compressed in a way that is not known');
    try {
      return zstdDecompressSync(body, { maxOutputLength: MAX_BODY });
    } catch (cause) {
      throw new DamagedBytes(`its compressed bytes are damaged, ${(cause as Error).message}`);
    }
  });
}
