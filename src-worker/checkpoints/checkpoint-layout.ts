import { createHash } from 'node:crypto';
import { printable } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { linenNames, linenShape } from '../../src-shared/checkpoints/names.ts';
import { parseSidecar, sidecarPath } from '../../src-shared/checkpoints/sidecar.ts';
import type { Sidecar } from '../../src-shared/checkpoints/sidecar.ts';
import { readArchitecture, withDescribed } from '../../src-shared/checkpoints/read-architecture.ts';
import type { ArchitectureHints, ArchitectureReading } from '../../src-shared/checkpoints/read-architecture.ts';
import { AppError } from '../../src-shared/errors.ts';
import { CHUNK } from './byte-source.ts';
import { openFile } from './file-access.ts';
import { readJsonText } from './json-file.ts';
import type { NpzFile } from './npz-file.ts';
import type { TensorEntry } from './tensor-entry.ts';

/** A sidecar that belongs to the checkpoint, or why there is none to use. */
export interface FoundSidecar {
  sidecar: Sidecar | null;
  notes: string[];
}

/** What the layout of a file is read from. */
interface NamedShapes {
  readonly path: string;
  readonly entries: readonly Pick<TensorEntry, 'name' | 'shape'>[];
}

/** Name in the program → name in the file. */
export function namesByLinen(file: NamedShapes): Map<string, string> {
  return new Map([...linenNames(file.entries.map((e) => e.name))].map(([name, linen]) => [linen, name]));
}

/**
 * Reads the architecture; errors name the file.
 * @param sidecar settles what the weights leave open, unless `hints` do
 * @throws AppError bad_checkpoint
 */
export function readLayout(file: NamedShapes, given: ArchitectureHints, sidecar: Sidecar | null): ArchitectureReading {
  const hints: ArchitectureHints = {
    imageSize: given.imageSize ?? sidecar?.architecture.imageSize,
    classifier: given.classifier ?? sidecar?.architecture.classifier,
  };
  const byFileName = new Map(file.entries.map((entry) => [entry.name, entry.shape]));
  const shapes = new Map(
    [...namesByLinen(file)].map(([linen, name]) => [linen, linenShape(linen, byFileName.get(name)!)]),
  );
  return namingFile(file.path, () => {
    const reading = readArchitecture(shapes, hints);
    return { ...reading, architecture: withDescribed(reading.architecture, sidecar?.architecture) };
  });
}

/** Errors of `read` name the file. */
export function namingFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${path}: ${printable(error.message)}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      details: { ...error.details, file: path },
      cause: error,
    });
  }
}

/** Objects would need pickle. @throws AppError bad_checkpoint for the first such array, read or not */
export function refuseObjects(npz: NpzFile): void {
  const found = npz.entries.find((entry) => /^[<>|=]O/.test(entry.dtype));
  if (!found) return;
  throw new AppError(
    'bad_checkpoint',
    `${npz.path}, tensor ${JSON.stringify(found.name)}: it holds Python objects, which are never read (no pickle).`,
    { hint: 'Save it as numbers: numpy.savez without object arrays.', details: { file: npz.path, tensor: found.name } },
  );
}

/** SHA-256 of a file's content, lower-case hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const file = await openFile(path, (reason) => new AppError('bad_file', `${path}: ${reason}`));
  try {
    const hash = createHash('sha256');
    const buffer = new Uint8Array(Math.min(CHUNK, file.size));
    for (let at = 0; at < file.size; at += buffer.byteLength) {
      const part = buffer.subarray(0, Math.min(buffer.byteLength, file.size - at));
      await file.readInto(part, at);
      hash.update(part);
    }
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}

/**
 * The description beside a checkpoint, believed for now: `belongingTo` tells whether it is of the same numbers.
 * @throws AppError bad_checkpoint for a damaged one
 */
export async function loadSidecar(checkpointPath: string): Promise<FoundSidecar> {
  const path = sidecarPath(checkpointPath);
  let text: string | null;
  try {
    text = await readJsonText(path);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'bad_file') throw error;
    return { sidecar: null, notes: [`${error.message.replace(/\.$/, '')}, so labels are unknown.`] };
  }
  if (text === null) return { sidecar: null, notes: [] };
  const sidecar = parseSidecar(text, path);
  if (!sidecar) return { sidecar: null, notes: [`${path} is not a checkpoint's description; it is ignored.`] };
  return { sidecar, notes: [] };
}

/**
 * A description that was written for other numbers (copied, or overtaken between the two renames of a write) is left
 * out of account, with a note.
 */
export function belongingTo(found: FoundSidecar, checkpointPath: string, sha256: string): FoundSidecar {
  if (!found.sidecar || found.sidecar.sha256 === sha256) return found;
  const note = `${sidecarPath(checkpointPath)} was written for another checkpoint (SHA-256 differs); it is ignored.`;
  return { sidecar: null, notes: [note] };
}
