import { someNames } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { sidecarPath } from '../../src-shared/checkpoints/sidecar.ts';
import type { ArchitectureHints } from '../../src-shared/checkpoints/read-architecture.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import { findSidecar, namesByLinen, readLayout, refuseObjects, sha256Of } from './checkpoint-layout.ts';
import { locateCheckpoint } from './locate-checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { openNpz } from './npz-file.ts';
import { readFlaxCheckpoint } from './read-flax.ts';
import { readTorchCheckpoint } from './read-torch.ts';

/**
 * Reads a checkpoint, whatever its layout: weights, architecture, and the labels and preprocessing beside it.
 * @param path of an .npz or .safetensors file, of one that flax wrote, or a folder with one
 * @param hints where the weights leave something open and no description settles it
 * @throws AppError not_found, bad_file, bad_checkpoint
 */
export async function readCheckpoint(path: string, hints: ArchitectureHints = {}): Promise<Checkpoint> {
  const located = await locateCheckpoint(path);
  if (located.format === 'safetensors') return readTorchCheckpoint(located.path, hints);
  if (located.format === 'flax') return readFlaxCheckpoint(located.path, hints);
  return readNpzCheckpoint(located.path, hints);
}

async function readNpzCheckpoint(path: string, hints: ArchitectureHints): Promise<Checkpoint> {
  const npz = await openNpz(path);
  try {
    refuseObjects(npz);
    const sha256 = await sha256Of(path);
    const { sidecar, notes } = await findSidecar(path, sha256);
    const { architecture, notes: open, unused } = readLayout(npz, hints, sidecar);
    notes.push(...open);
    if (unused.length > 0) notes.push(`Not used: ${someNames(unused)}.`);
    if (sidecar?.labels) checkLabels(sidecar.labels, architecture, path);
    const fileNames = namesByLinen(npz);
    const params = new Map<string, NamedTensor>();
    for (const [name, { shape }] of paramsOf(architecture)) {
      const { data } = await npz.read(fileNames.get(name)!);
      params.set(name, { shape, data });
    }
    return {
      params,
      architecture,
      labels: sidecar?.labels ?? null,
      preprocessing: sidecar?.preprocessing ?? null,
      provenance: sidecar?.provenance ?? null,
      sha256,
      notes,
    };
  } finally {
    await npz.close();
  }
}

function checkLabels(labels: readonly string[], architecture: Architecture, path: string): void {
  if (labels.length === architecture.numClasses) return;
  const file = sidecarPath(path);
  throw new AppError(
    'bad_checkpoint',
    `${file} names ${labels.length} classes, but the checkpoint has ${architecture.numClasses ?? 0}.`,
    { hint: 'Correct it, or move it away to use the checkpoint without labels.', details: { file } },
  );
}
