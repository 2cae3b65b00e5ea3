import { checkpointFail } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { namingOf } from '../../src-shared/checkpoints/names.ts';
import { same } from '../../src-shared/checkpoints/layouts/slot.ts';
import type { ArchitectureHints } from '../../src-shared/checkpoints/read-architecture.ts';
import { sidecarPath } from '../../src-shared/checkpoints/sidecar.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import { belongingTo, loadSidecar, namesByLinen, readLayout, refuseObjects } from './checkpoint-layout.ts';
import type { FoundSidecar } from './checkpoint-layout.ts';
import type { CheckpointReading, OpenCheckpoint } from './opened-checkpoint.ts';
import { readLitLayout } from './open-lit.ts';
import { openNpz, type NpzFile } from './npz-file.ts';
import { pickleError } from './tensor-file.ts';

/** Opens an .npz of vit_jax's layouts, AugReg's among them. @throws AppError not_found, bad_file, bad_checkpoint */
export async function openNpzCheckpoint(path: string): Promise<OpenCheckpoint> {
  const npz = await openNpz(path);
  try {
    if (npz.others.some((name) => name.endsWith('data.pkl'))) throw pickleError(checkpointFail(path));
    refuseObjects(npz);
    const found = await loadSidecar(path);
    const ignored = npz.others.length;
    return {
      file: npz,
      naming: namingOf(npz.entries.map((entry) => entry.name)),
      described: found.sidecar?.sha256 ?? null,
      notes: ignored > 0 ? [`${ignored} members of the archive are no arrays and are ignored.`] : [],
      describe: (hints, sha256) =>
        describe(npz, { hints, found: sha256 === undefined ? found : belongingTo(found, path, sha256) }),
      describeLit: (hints) => readLitLayout(npz, hints),
    };
  } catch (error) {
    await npz.close();
    throw error;
  }
}

function describe(
  npz: NpzFile,
  { hints, found }: { hints: ArchitectureHints; found: FoundSidecar },
): CheckpointReading {
  const { sidecar } = found;
  const { architecture, notes, unused } = readLayout(npz, hints, sidecar);
  if (sidecar?.labels) checkLabels(sidecar.labels, architecture, npz.path);
  const fileNames = namesByLinen(npz);
  const slots = [...paramsOf(architecture)].map(([linen, { shape }]) => {
    const name = fileNames.get(linen);
    if (name !== undefined) return same(linen, name, shape);
    const file = sidecarPath(npz.path);
    throw new AppError('bad_checkpoint', `${file} describes another model: the checkpoint has no tensor "${linen}".`, {
      hint: 'Correct it, or move it away to use the checkpoint without it.',
      details: { file },
    });
  });
  return {
    architecture,
    slots,
    labels: sidecar?.labels ?? null,
    preprocessing: sidecar?.preprocessing ?? null,
    provenance: sidecar?.provenance ?? null,
    unused,
    notes: [...found.notes, ...notes],
  };
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
