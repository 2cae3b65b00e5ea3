import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import { sha256Of } from '../checkpoints/checkpoint-layout.ts';
import { writeError, writeFileAtomically } from '../checkpoints/stage-file.ts';
import { writeNpy } from '../checkpoints/write-npz.ts';

/** What features follow from: other weights, images or preparation give others. */
export interface FeatureSource {
  /** SHA-256 of the checkpoint. */
  checkpoint: string;
  manifestHash: string;
  preprocessing: Preprocessing;
  /** F, numbers an image. */
  width: number;
}

/** Images `from … to` of a split. */
export interface Shard {
  split: 'train' | 'test';
  from: number;
  to: number;
}

interface FeatureIndex extends FeatureSource {
  format: 'vitrine-features';
  version: 1;
  /** SHA-256 of each file, by name. */
  files: Record<string, string>;
}

const FOLDER = 'features';
const INDEX = 'features.json';
/** Bytes of a file: computed anew as a whole after a kill, and held while it is computed. */
const SHARD_BYTES = 64 * 2 ** 20;

/** A split cut into files. @param images of the split */
export function shardsOf(split: Shard['split'], images: number, width: number): Shard[] {
  const rows = Math.max(1, Math.floor(SHARD_BYTES / (4 * width)));
  const shards: Shard[] = [];
  for (let from = 0; from < images; from += rows) shards.push({ split, from, to: Math.min(images, from + rows) });
  return shards;
}

/**
 * The features that a workdir keeps: .npy files of float32 [images, F], and `features.json` that says what they are of
 * and has their hashes. A file counts once that names it; each is written whole or not at all.
 */
export class FeatureFiles {
  readonly #folder: string;
  readonly #index: FeatureIndex;

  private constructor(folder: string, index: FeatureIndex) {
    this.#folder = folder;
    this.#index = index;
  }

  /** What is there of this source; anything else in the folder goes. @throws AppError as writing a file does */
  static async open(workdir: string, source: FeatureSource): Promise<FeatureFiles> {
    const folder = join(workdir, FOLDER);
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw writeError(error, folder);
    });
    const head = { format: 'vitrine-features', version: 1, ...source } as const;
    const known = await readIndex(join(folder, INDEX));
    const { files = {}, ...knownHead } = known ?? {};
    const index = { ...head, files: isDeepStrictEqual(knownHead, JSON.parse(JSON.stringify(head))) ? files : {} };
    for (const name of await readdir(folder)) {
      if (name !== INDEX && !Object.hasOwn(index.files, name)) await rm(join(folder, name), { force: true });
    }
    return new FeatureFiles(folder, index);
  }

  pathOf({ split, from }: Shard): string {
    return join(this.#folder, `${split}-${String(from).padStart(8, '0')}.npy`);
  }

  /** Whether a file is there with the bytes it was written with. */
  async has(shard: Shard): Promise<boolean> {
    const path = this.pathOf(shard);
    const wanted = this.#index.files[basename(path)];
    return wanted !== undefined && (await sha256Of(path).catch(() => null)) === wanted;
  }

  /** @param data [shard's images, F] */
  async write(shard: Shard, data: Float32Array): Promise<void> {
    const path = this.pathOf(shard);
    const { sha256 } = await writeNpy(path, { shape: [shard.to - shard.from, this.#index.width], data });
    this.#index.files[basename(path)] = sha256;
    await writeFileAtomically(join(this.#folder, INDEX), (sink) =>
      sink.write(Buffer.from(`${JSON.stringify(this.#index, null, 2)}\n`)),
    );
  }
}

/** Null where there is none, or one that can't be read: what it names is computed again. */
async function readIndex(path: string): Promise<FeatureIndex | null> {
  try {
    const found = JSON.parse(await readFile(path, 'utf8')) as unknown;
    const isRecord = typeof found === 'object' && found !== null && 'files' in found;
    return isRecord && typeof found.files === 'object' && found.files !== null ? (found as FeatureIndex) : null;
  } catch {
    return null;
  }
}
