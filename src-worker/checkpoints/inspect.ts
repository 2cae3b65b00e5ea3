import type { Inspection } from '../../src-shared/checkpoints/inspection.ts';
import type { InspectInput } from '../../src-shared/contract/worker.ts';
import { AppError } from '../../src-shared/errors.ts';
import { classNames } from './class-names.ts';
import { inspectCheckpoint } from './inspect-checkpoint.ts';
import { keptFingerprint } from './kept-fingerprint.ts';

/** What a file says of itself, and what is known of it from elsewhere: names of its classes, a fingerprint beside it. */
export async function inspect({ path, hints }: InspectInput): Promise<Inspection> {
  const inspection = await withFingerprint(await inspectCheckpoint(path, hints));
  const { architecture } = inspection;
  if (!architecture) return inspection;
  const { labels, synsets, assumed, note } = await classNames(inspection.labels, architecture.numClasses);
  return {
    ...inspection,
    labels,
    ...(assumed ? { labelsAssumed: true } : {}),
    ...(synsets ? { synsets } : {}),
    notes: note === null ? inspection.notes : [...inspection.notes, note],
  };
}

/** One that was kept for other bytes is not this file's; one that can't be read is a note. */
async function withFingerprint(inspection: Inspection): Promise<Inspection> {
  try {
    const kept = await keptFingerprint(inspection.path);
    if (!kept || (kept.sha256 !== null && kept.sha256 !== inspection.sha256)) return inspection;
    return { ...inspection, fingerprint: kept };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { ...inspection, notes: [...inspection.notes, error.message] };
  }
}
