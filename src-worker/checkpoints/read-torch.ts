import { someNames } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { readTorchLayout, type LayoutReading } from '../../src-shared/checkpoints/layouts/read-layout.ts';
import { fromFile, type Slot } from '../../src-shared/checkpoints/layouts/slot.ts';
import { atResolution } from '../../src-shared/checkpoints/preprocessing.ts';
import type { ArchitectureHints } from '../../src-shared/checkpoints/read-architecture.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import { sameShape, type NamedTensor } from '../../src-shared/models/params.ts';
import { namingFile } from './checkpoint-layout.ts';
import { openTorch, type TorchCheckpoint } from './open-torch.ts';
import type { Checkpoint } from './checkpoint.ts';

/** What a checkpoint of timm or Hugging Face is; errors name its file. */
export function torchLayout(torch: TorchCheckpoint, hints: ArchitectureHints = {}): LayoutReading {
  const { config, preprocessor } = torch;
  const shapes = new Map(torch.entries.map((entry) => [entry.name, entry.shape]));
  const reading = namingFile(torch.path, () =>
    readTorchLayout({ shapes, config, preprocessor, imageSize: hints.imageSize }),
  );
  const { preprocessing, architecture, notes } = reading;
  if (!preprocessing || sameShape(preprocessing.resolution, architecture.imageSize)) return reading;
  const sizes = [preprocessing.resolution, architecture.imageSize].map((size) => size.join('x'));
  notes.push(`Its preprocessing makes images of ${sizes[0]} px, the model takes ${sizes[1]}: it is scaled to that.`);
  return { ...reading, preprocessing: atResolution(preprocessing, architecture.imageSize) };
}

/**
 * Reads a checkpoint of timm's or Hugging Face's layout in one pass over its file.
 * @throws AppError not_found, bad_file, bad_checkpoint
 */
export async function readTorchCheckpoint(path: string, hints: ArchitectureHints = {}): Promise<Checkpoint> {
  const torch = await openTorch(path);
  try {
    const { layout, architecture, slots, labels, preprocessing, unprepared, unused, notes } = torchLayout(torch, hints);
    notes.unshift(`Layout: ${layout.title}.`);
    if (unused.length > 0) notes.push(`Not used: ${someNames(unused)}.`);
    const byFile = Map.groupBy(slots, (slot: Slot) => slot.file);
    const specs = paramsOf(architecture);
    const found = new Map<string, NamedTensor>();
    const sha256 = await torch.readThrough(
      (name) => byFile.has(name),
      (name, { data }) => {
        for (const slot of byFile.get(name)!) {
          found.set(slot.linen, { shape: specs.get(slot.linen)!.shape, data: fromFile(slot, data) });
        }
      },
    );
    const params = new Map([...specs.keys()].map((name) => [name, found.get(name)!]));
    const prepared = { preprocessing, ...(unprepared === undefined ? {} : { unprepared }) };
    return { params, architecture, labels, ...prepared, provenance: null, sha256, notes };
  } finally {
    await torch.close();
  }
}
