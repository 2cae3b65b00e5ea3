import type { Inspection } from '../../src-shared/checkpoints/inspection.ts';
import type { LitHints } from '../../src-shared/checkpoints/lit-architecture.ts';
import { namingOf } from '../../src-shared/checkpoints/names.ts';
import type { ArchitectureHints } from '../../src-shared/checkpoints/read-architecture.ts';
import { AppError } from '../../src-shared/errors.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { litNotes, litVariantOf } from '../../src-shared/models/lit-variants.ts';
import { variantNameOf } from '../../src-shared/models/variant-name.ts';
import { findSidecar, readLayout, refuseObjects, sha256Of } from './checkpoint-layout.ts';
import { locateCheckpoint } from './locate-checkpoint.ts';
import { openNpz } from './npz-file.ts';
import { readLitLayout } from './open-lit.ts';
import { openTorch, type TorchCheckpoint } from './open-torch.ts';
import { torchLayout } from './read-torch.ts';
import type { TensorEntry } from './tensor-entry.ts';

type InspectHints = ArchitectureHints & LitHints;

/**
 * Says what a checkpoint is. Reads and checks every byte, keeps none. A sound file whose layout isn't known still
 * lists its tensors, with the reason in `error`.
 * @throws AppError not_found, bad_file, bad_checkpoint (a damaged file, Python objects in it, a damaged description)
 */
export async function inspectCheckpoint(path: string, hints: InspectHints = {}): Promise<Inspection> {
  const located = await locateCheckpoint(path);
  if (located.format === 'npz') return inspectNpz(located.path, hints);
  const torch = await openTorch(located.path);
  try {
    return await inspectTorch(torch, hints);
  } finally {
    await torch.close();
  }
}

async function inspectTorch(torch: TorchCheckpoint, hints: ArchitectureHints): Promise<Inspection> {
  const sha256 = await torch.readThrough(
    () => false,
    () => {},
  );
  const { reading, missing, error } = tryLayout(() => torchLayout(torch, hints));
  const architecture = reading?.architecture ?? null;
  const isTimm = reading
    ? reading.layout.id.startsWith('timm')
    : torch.entries.some(({ name }) => name.startsWith('blocks.'));
  return {
    path: torch.path,
    bytes: torch.size,
    sha256,
    parameters: torch.entries.reduce((sum, entry) => sum + sizeOfShape(entry.shape), 0),
    naming: isTimm ? 'timm' : 'Hugging Face',
    variant: architecture && variantNameOf(architecture),
    architecture,
    labels: reading?.labels ?? null,
    preprocessing: reading?.preprocessing ?? null,
    ...(reading?.unprepared === undefined ? {} : { unprepared: reading.unprepared }),
    provenance: null,
    tensors: sortedTensors(torch.entries),
    unused: reading?.unused ?? [],
    missing,
    notes: reading?.notes ?? [],
    error,
  };
}

/** By name, numbers by value. */
function sortedTensors(entries: readonly TensorEntry[]): Inspection['tensors'] {
  return entries
    .map(({ name, shape, dtype }) => ({ name, shape, dtype }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

async function inspectNpz(path: string, hints: InspectHints): Promise<Inspection> {
  const npz = await openNpz(path);
  try {
    refuseObjects(npz);
    for (const entry of npz.entries) await npz.verify(entry.name);
    const sha256 = await sha256Of(path);
    const { sidecar, notes } = await findSidecar(path, sha256);
    const lit = tryLayout(() => readLitLayout(npz, hints));
    const layout = lit.reading || lit.error ? null : tryLayout(() => readLayout(npz, hints, sidecar));
    const { reading, missing, error } = layout ?? lit;
    notes.push(...(reading?.notes ?? []));
    if (npz.others.length > 0) notes.push(`${npz.others.length} members of the archive are no arrays and are ignored.`);
    const architecture = layout?.reading?.architecture ?? null;
    const litVariant = lit.reading && litVariantOf(lit.reading.architecture);
    if (litVariant) notes.push(...litNotes(litVariant));
    return {
      path,
      bytes: npz.size,
      sha256,
      parameters: npz.entries.reduce((sum, entry) => sum + sizeOfShape(entry.shape), 0),
      naming: namingOf(npz.entries.map((entry) => entry.name)),
      variant: architecture ? variantNameOf(architecture) : (litVariant?.modelName ?? null),
      architecture,
      ...(lit.reading ? { lit: lit.reading.architecture } : {}),
      labels: sidecar?.labels ?? null,
      preprocessing: sidecar?.preprocessing ?? null,
      provenance: sidecar?.provenance ?? null,
      tensors: sortedTensors(npz.entries),
      unused: reading?.unused ?? [],
      missing,
      notes,
      error,
    };
  } finally {
    await npz.close();
  }
}

function tryLayout<R>(read: () => R): Pick<Inspection, 'missing' | 'error'> & { reading: R | null } {
  try {
    return { reading: read(), missing: [], error: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, hint, details } = error;
    const missing = Array.isArray(details.missing) ? (details.missing as string[]) : [];
    return { reading: null, missing, error: { code, message, ...(hint === undefined ? {} : { hint }) } };
  }
}
