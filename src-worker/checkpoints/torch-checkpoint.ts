import { readTorchLayout, type LayoutReading } from '../../src-shared/checkpoints/layouts/read-layout.ts';
import { atResolution } from '../../src-shared/checkpoints/preprocessing.ts';
import type { ArchitectureHints } from '../../src-shared/checkpoints/read-architecture.ts';
import { sameShape } from '../../src-shared/models/params.ts';
import { namingFile } from './checkpoint-layout.ts';
import type { OpenCheckpoint } from './opened-checkpoint.ts';
import { openTorch, type TorchCheckpoint } from './open-torch.ts';

/** Opens a checkpoint of timm's or Hugging Face's layout. @throws AppError not_found, bad_file, bad_checkpoint */
export async function openTorchCheckpoint(path: string): Promise<OpenCheckpoint> {
  const torch = await openTorch(path);
  const isTimm = torch.entries.some(({ name }) => /^(blocks|patch_embed|stem)\./.test(name));
  return {
    file: torch,
    naming: isTimm ? 'timm' : 'Hugging Face',
    described: null,
    notes: [],
    describe(hints) {
      const { layout, notes, ...reading } = torchLayout(torch, hints);
      return { ...reading, provenance: null, notes: [`Layout: ${layout.title}.`, ...notes] };
    },
  };
}

/** What a checkpoint of timm or Hugging Face is; errors name its file. */
function torchLayout(torch: TorchCheckpoint, hints: ArchitectureHints): LayoutReading {
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
