import { someNames } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { isLit, LIT, readLitArchitecture, type LitHints } from '../../src-shared/checkpoints/lit-architecture.ts';
import { AppError } from '../../src-shared/errors.ts';
import { textParams, type LitArchitecture } from '../../src-shared/models/lit.ts';
import type { NamedTensor, Params } from '../../src-shared/models/params.ts';
import { vitParams } from '../../src-shared/models/vit-params.ts';
import { namesByLinen, namingFile, refuseObjects, sha256Of } from './checkpoint-layout.ts';
import { openNpz } from './npz-file.ts';

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
    const fileNames = namesByLinen(npz);
    if (!isLit(fileNames.keys())) {
      throw new AppError(
        'bad_checkpoint',
        `${path} is no image and text model: it has no tensors "img/…" or "txt/…".`,
        {
          hint: 'LiT models are published as LiT-B16B_2.npz and LiT-L16L.npz; for classifiers there is "vitrine predict".',
        },
      );
    }
    const shapeOf = new Map(npz.entries.map(({ name, shape }) => [name, shape]));
    const shapes = new Map([...fileNames].map(([linen, name]) => [linen, shapeOf.get(name)!]));
    const { architecture, notes, unused } = namingFile(path, () => readLitArchitecture(shapes, hints));
    if (unused.length > 0) notes.push(`Not used: ${someNames(unused)}.`);
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
