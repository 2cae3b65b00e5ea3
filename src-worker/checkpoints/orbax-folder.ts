import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { checkpointFail, someNames } from '../../src-shared/checkpoints/checkpoint-error.ts';
import type { AppError } from '../../src-shared/errors.ts';
import type { Place } from '../../src-shared/orbax/ocdbt.ts';
import { parseZarray, type ZarrArray } from '../../src-shared/orbax/zarray.ts';
import { readJsonFile } from './json-file.ts';
import { MANIFEST, readOcdbt } from './ocdbt-database.ts';
import { openFile } from './file-access.ts';

/** An array of a checkpoint of Orbax. */
export interface OrbaxArray extends ZarrArray {
  /** As flax names it in its own files: keys joined by "/". */
  readonly name: string;
  /** Packed pieces by their key, such as `0.1`. */
  readonly pieces: ReadonlyMap<string, Place | Uint8Array>;
}

export interface OrbaxFolder {
  /** In the order of their names. */
  readonly files: readonly { readonly name: string; readonly size: number }[];
  readonly arrays: readonly OrbaxArray[];
}

const MAX_FILES = 50_000;
const MAX_ZARRAY = 16 << 10;
const MARKS = ['_METADATA', '_CHECKPOINT_METADATA', MANIFEST, 'checkpoint'];

export async function isOrbaxFolder(folder: string): Promise<boolean> {
  for (const name of MARKS) {
    const found = await stat(join(folder, name)).catch(() => null);
    if (found?.isFile()) return true;
  }
  return false;
}

/**
 * The command that turns a checkpoint that isn't read into one that is.
 * Tested with orbax-checkpoint 0.12.8 and flax 0.12.8.
 */
export function convertCommand(folder: string): string {
  const quoted = JSON.stringify(folder).replace(/'/g, "'\\''");
  return (
    `python -c 'import flax.serialization as s, orbax.checkpoint as o; d = ${quoted}; ` +
    `open(d + ".msgpack", "wb").write(s.msgpack_serialize(s.to_state_dict(o.PyTreeCheckpointer().restore(d))))'`
  );
}

/**
 * Lists the arrays of a folder that Orbax wrote (zarr 2, in a database of TensorStore or a folder for each). No
 * numbers are read.
 * @throws AppError bad_checkpoint: damage, or a form of Orbax's that isn't read (with the command that converts it)
 */
export async function readOrbaxFolder(folder: string): Promise<OrbaxFolder> {
  const fail = checkpointFail(folder);
  const files = await listFiles(folder);
  const names = new Set(files.map(({ name }) => name));
  const metadata = await readJsonFile(join(folder, '_METADATA'));
  if (metadata !== null && (metadata as { use_zarr3?: unknown }).use_zarr3 === true) throw notRead(folder, 'zarr 3');
  if (names.has('checkpoint')) throw notRead(folder, 'an older layout, part of it in the file "checkpoint"');
  const values = new Map<string, Place | Uint8Array>(
    names.has(MANIFEST)
      ? (await readOcdbt(folder)).map(({ key, value }) => [key, value])
      : files.map(({ name, size }) => [name, { file: name, offset: 0, length: size }]),
  );
  const sizes = new Map(files.map(({ name, size }) => [name, size]));
  for (const [key, value] of values) {
    if (value instanceof Uint8Array) continue;
    const size = sizes.get(value.file);
    if (size === undefined || value.offset + value.length > size) {
      throw checkpointFail(join(folder, value.file))(`it is missing or ends before ${JSON.stringify(key)} does.`);
    }
  }
  const arrays: OrbaxArray[] = [];
  const pieces = Map.groupBy(values, ([key]) => key.slice(0, Math.max(0, key.indexOf('/'))));
  for (const [key, value] of values) {
    if (key.endsWith('/zarr.json')) throw notRead(folder, 'zarr 3');
    if (!key.endsWith('/.zarray')) continue;
    const name = key.slice(0, -'/.zarray'.length);
    const array = parseZarray(await jsonOf(folder, value));
    if (!array) throw notRead(folder, `a form of zarr 2 that isn't known (${someNames([name])})`);
    const own = (pieces.get(name) ?? []).map(([piece, place]) => [piece.slice(name.length + 1), place] as const);
    arrays.push({ ...array, name: name.replaceAll('.', '/'), pieces: new Map(own) });
  }
  if (arrays.length === 0)
    throw fail('it looks like a checkpoint of Orbax, but holds no arrays: was it written whole?');
  return { files, arrays };
}

function notRead(folder: string, what: string): AppError {
  return checkpointFail(folder)(`Orbax wrote it as ${what}, which is not read.`, {
    hint: `Where it came from, convert it, then open the .msgpack beside it: ${convertCommand(folder)}`,
  });
}

/** Regular files below a folder, by their names in it; what else lies there is left out. */
async function listFiles(folder: string): Promise<{ name: string; size: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  if (entries.length > MAX_FILES) throw checkpointFail(folder)(`it holds more than ${MAX_FILES} files.`);
  const files: { name: string; size: number }[] = [];
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    files.push({ name: relative(folder, path).replaceAll(sep, '/'), size: (await stat(path)).size });
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function jsonOf(folder: string, value: Place | Uint8Array): Promise<unknown> {
  const length = value instanceof Uint8Array ? value.byteLength : value.length;
  if (length > MAX_ZARRAY) return null;
  try {
    return JSON.parse(new TextDecoder().decode(await bytesOf(folder, value))) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The bytes of a value, packed as they stand. */
export async function bytesOf(folder: string, value: Place | Uint8Array): Promise<Uint8Array> {
  if (value instanceof Uint8Array) return value;
  const path = join(folder, value.file);
  const file = await openFile(path, checkpointFail(path));
  try {
    return await file.read(value.offset, value.length);
  } finally {
    await file.close();
  }
}
