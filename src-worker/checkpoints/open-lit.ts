import { someNames } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { isLit, LIT, readLitArchitecture } from '../../src-shared/checkpoints/lit-architecture.ts';
import type { LitHints, LitReading } from '../../src-shared/checkpoints/lit-architecture.ts';
import { AppError } from '../../src-shared/errors.ts';
import { textParams, type LitArchitecture } from '../../src-shared/models/lit.ts';
import type { NamedTensor, Params } from '../../src-shared/models/params.ts';
import { vitParams } from '../../src-shared/models/vit-params.ts';
import { namesByLinen, namingFile, refuseObjects, sha256Of } from './checkpoint-layout.ts';
import { openNpz, type NpzFile } from './npz-file.ts';

/** An open checkpoint of a LiT model. Towers are read when asked for: each may be larger than the other's work needs. */
export interface LitCheckpoint {
  readonly architecture: LitArchitecture;
  /** What the products of embeddings are multiplied with: exp of the learned t. */
  readonly temperature: number;
  /** Of the file. */
  readonly sha256: string;
  readonly notes: string[];
  /** A tower's parameters by the path within it. */
  readTower(tower: 'image' | 'text'): Promise<Params>;
  close(): Promise<void>;
}

/**
 * Opens the .npz of an image and text model.
 * @throws AppError not_found, bad_file, bad_checkpoint (another family among them)
 */
export async function openLit(path: string, hints: LitHints = {}): Promise<LitCheckpoint> {
  const npz = await openNpz(path);
  try {
    refuseObjects(npz);
    const reading = readLitLayout(npz, hints);
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
    const fileNames = namesByLinen(npz);
    const t = (await npz.read(fileNames.get(LIT.temperature)!)).data[0]!;
    const towers = { image: vitParams(architecture.image), text: textParams(architecture.text) };
    return {
      architecture,
      temperature: Math.fround(Math.exp(t)),
      sha256: await sha256Of(path),
      notes,
      readTower: async (tower) => {
        const params = new Map<string, NamedTensor>();
        for (const name of towers[tower].keys()) params.set(name, await npz.read(fileNames.get(LIT[tower] + name)!));
        return params;
      },
      close: () => npz.close(),
    };
  } catch (error) {
    await npz.close();
    throw error;
  }
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
