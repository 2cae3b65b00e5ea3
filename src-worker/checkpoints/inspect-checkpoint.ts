import type { Inspection } from '../../src-shared/checkpoints/inspection.ts';
import type { LitHints } from '../../src-shared/checkpoints/lit-architecture.ts';
import type { ArchitectureHints } from '../../src-shared/checkpoints/read-architecture.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { litNotes, litVariantOf } from '../../src-shared/models/lit-variants.ts';
import { variantNameOf } from '../../src-shared/models/variant-name.ts';
import { sortedTensors, tryLayout } from './inspection-parts.ts';
import { nonFiniteIn, type NonFinite } from './non-finite.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import { isWeight } from './tensor-entry.ts';

type InspectHints = ArchitectureHints & LitHints;

/**
 * Says what a checkpoint is. Reads and checks every byte once, keeps none. A sound file whose layout isn't known still
 * lists its tensors, with the reason in `error`.
 * @throws AppError not_found, bad_file, bad_checkpoint (a damaged file, Python objects in it, a damaged description)
 */
export async function inspectCheckpoint(path: string, hints: InspectHints = {}): Promise<Inspection> {
  const opened = await openCheckpoint(path);
  const { file, naming } = opened;
  try {
    const weights = new Set(file.entries.filter(isWeight).map(({ name }) => name));
    const nonFinite: NonFinite[] = [];
    const sha256 = await file.readThrough(
      (name) => (weights.has(name) ? 'look' : 'skip'),
      (name, { data }) => {
        const bad = nonFiniteIn(name, data);
        if (bad) nonFinite.push(bad);
      },
    );
    const lit = tryLayout(() => opened.describeLit?.(hints) ?? null);
    const isLit = lit.reading !== null || lit.error !== null;
    const image = isLit ? null : tryLayout(() => opened.describe(hints, sha256));
    const { reading, missing, error } = image ?? lit;
    const litVariant = lit.reading && litVariantOf(lit.reading.architecture);
    const architecture = image?.reading?.architecture ?? null;
    return {
      path: file.path,
      bytes: file.size,
      sha256,
      parameters: file.entries.reduce((sum, entry) => sum + sizeOfShape(entry.shape), 0),
      naming,
      variant: architecture ? variantNameOf(architecture) : (litVariant?.modelName ?? null),
      architecture,
      ...(opened.training ? { training: opened.training } : {}),
      ...(lit.reading ? { lit: lit.reading.architecture } : {}),
      labels: image?.reading?.labels ?? null,
      preprocessing: image?.reading?.preprocessing ?? null,
      ...(image?.reading?.unprepared === undefined ? {} : { unprepared: image.reading.unprepared }),
      provenance: image?.reading?.provenance ?? null,
      tensors: sortedTensors(file.entries),
      unused: reading?.unused ?? [],
      missing,
      nonFinite,
      notes: [...opened.notes, ...(reading?.notes ?? []), ...(litVariant ? litNotes(litVariant) : [])],
      error,
    };
  } finally {
    await file.close();
  }
}
