import { someNames } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { isLit, LIT, readLitArchitecture } from '../../src-shared/checkpoints/lit-architecture.ts';
import type { LitHints, LitReading } from '../../src-shared/checkpoints/lit-architecture.ts';
import { AppError } from '../../src-shared/errors.ts';
import { textParams, type LitArchitecture } from '../../src-shared/models/lit.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { vitParams } from '../../src-shared/models/vit-params.ts';
import { namesByLinen, namingFile, refuseObjects } from './checkpoint-layout.ts';
import { nonFiniteError, nonFiniteIn, nonFiniteInWords, type NonFinite } from './non-finite.ts';
import { openNpz, type NpzFile } from './npz-file.ts';

/** A checkpoint of a LiT model, opened: its headers were read, its numbers not yet. */
export interface LitCheckpoint {
  readonly architecture: LitArchitecture;
  readonly notes: string[];
  /**
   * Reads all of it in one pass. Towers are handed over for good: whoever is done with one drops it.
   * @throws AppError bad_checkpoint
   */
  read(): Promise<LitWeights>;
  close(): Promise<void>;
}

export interface LitWeights {
  /** Each tower's parameters by the path within it. */
  image: Map<string, NamedTensor>;
  text: Map<string, NamedTensor>;
  /** What the products of embeddings are multiplied with: exp of the learned t. */
  temperature: number;
  /** Of the file. */
  sha256: string;
}

/**
 * Opens the .npz of an image and text model.
 * @throws AppError not_found, bad_file, bad_checkpoint (another family among them)
 */
export async function openLit(path: string, options: LitHints & { allowNan?: boolean } = {}): Promise<LitCheckpoint> {
  const npz = await openNpz(path);
  try {
    refuseObjects(npz);
    const reading = readLitLayout(npz, options);
    if (!reading) {
      throw new AppError(
        'bad_checkpoint',
        `${path} is no image and text model: it has no tensors "img/…" or "txt/…".`,
        {
          hint: 'LiT models are published as LiT-B16B_2.npz and LiT-L16L.npz; for classifiers there is "vitrine predict".',
        },
      );
    }
    const { architecture, notes, unused } = reading;
    if (unused.length > 0) notes.push(`Not used: ${someNames(unused)}.`);
    return {
      architecture,
      notes,
      async read() {
        const { weights, nonFinite } = await readTowers(npz, architecture);
        if (nonFinite.length === 0) return weights;
        if (!options.allowNan) throw nonFiniteError(path, nonFinite);
        notes.push(`Weights that are NaN or infinite: ${nonFiniteInWords(nonFinite)}.`);
        return weights;
      },
      close: () => npz.close(),
    };
  } catch (error) {
    await npz.close();
    throw error;
  }
}

async function readTowers(
  npz: NpzFile,
  architecture: LitArchitecture,
): Promise<{ weights: LitWeights; nonFinite: NonFinite[] }> {
  const fileNames = namesByLinen(npz);
  const found = new Map<string, NamedTensor>();
  const nonFinite: NonFinite[] = [];
  const towers = { image: vitParams(architecture.image), text: textParams(architecture.text) };
  const linenOf = new Map<string, string>();
  for (const tower of ['image', 'text'] as const)
    for (const name of towers[tower].keys()) linenOf.set(fileNames.get(LIT[tower] + name)!, LIT[tower] + name);
  linenOf.set(fileNames.get(LIT.temperature)!, LIT.temperature);
  const sha256 = await npz.readThrough(
    (name) => (linenOf.has(name) ? 'keep' : 'skip'),
    (name, tensor) => {
      const bad = nonFiniteIn(name, tensor.data);
      if (bad) nonFinite.push(bad);
      found.set(linenOf.get(name)!, tensor);
    },
  );
  const tower = (which: 'image' | 'text'): Map<string, NamedTensor> =>
    new Map([...towers[which].keys()].map((name) => [name, found.get(LIT[which] + name)!]));
  const temperature = Math.fround(Math.exp(found.get(LIT.temperature)!.data[0]!));
  return { weights: { image: tower('image'), text: tower('text'), temperature, sha256 }, nonFinite };
}

/**
 * What a file's weights read as, or null where it is no image and text model.
 * @throws AppError bad_checkpoint, naming the file
 */
export function readLitLayout(npz: NpzFile, hints: LitHints): LitReading | null {
  const fileNames = namesByLinen(npz);
  if (!isLit(fileNames.keys())) return null;
  const shapeOf = new Map(npz.entries.map(({ name, shape }) => [name, shape]));
  const shapes = new Map([...fileNames].map(([linen, name]) => [linen, shapeOf.get(name)!]));
  return namingFile(npz.path, () => readLitArchitecture(shapes, hints));
}
