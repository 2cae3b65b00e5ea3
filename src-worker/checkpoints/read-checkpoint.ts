import { someNames } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { fromFile, isCopied } from '../../src-shared/checkpoints/layouts/slot.ts';
import type { ArchitectureHints } from '../../src-shared/checkpoints/read-architecture.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import type { LoadedCheckpoint } from './checkpoint.ts';
import { nonFiniteError, nonFiniteIn, nonFiniteInWords, type NonFinite } from './non-finite.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import type { CheckpointReading, OpenCheckpoint } from './opened-checkpoint.ts';

/** What the weights leave open where no description settles it, and what is let pass. */
export interface ReadCheckpointOptions extends ArchitectureHints {
  /** Take weights that are NaN or infinite, with a note. */
  allowNan?: boolean;
}

/**
 * Reads a checkpoint, whatever its layout, in one pass over its file: weights, architecture, and the labels and
 * preprocessing beside it.
 * @param path of a file, or of a folder with one
 * @throws AppError not_found, bad_file, bad_checkpoint
 */
export async function readCheckpoint(path: string, options: ReadCheckpointOptions = {}): Promise<LoadedCheckpoint> {
  const opened = await openCheckpoint(path);
  const { file } = opened;
  try {
    const { slots } = expectedReading(opened, options);
    const byFile = Map.groupBy(slots, (slot) => slot.file);
    const found = new Map<string, Float32Array>();
    const nonFinite: NonFinite[] = [];
    const sha256 = await file.readThrough(
      (name) => (!byFile.has(name) ? 'skip' : byFile.get(name)!.every(isCopied) ? 'look' : 'keep'),
      (name, { data }) => {
        const bad = nonFiniteIn(name, data);
        if (bad) nonFinite.push(bad);
        for (const slot of byFile.get(name)!) found.set(slot.linen, fromFile(slot, data));
      },
    );
    const reading = opened.describe(options, sha256);
    const { architecture, labels, preprocessing, unprepared, provenance, unused, notes } = reading;
    if (nonFinite.length > 0) {
      if (!options.allowNan) throw nonFiniteError(file.path, nonFinite);
      notes.push(`Weights that are NaN or infinite: ${nonFiniteInWords(nonFinite)}.`);
    }
    if (unused.length > 0) notes.push(`Not used: ${someNames(unused)}.`);
    const params = new Map<string, NamedTensor>();
    for (const [name, { shape }] of paramsOf(architecture)) params.set(name, { shape, data: found.get(name)! });
    const prepared = { preprocessing, ...(unprepared === undefined ? {} : { unprepared }) };
    return { params, architecture, labels, ...prepared, provenance, sha256, notes };
  } finally {
    await file.close();
  }
}

/**
 * What a checkpoint should be, before its bytes are known. A description that contradicts the weights may be of other
 * numbers: then the weights alone tell, and the sum decides later whether that was an error.
 */
export function expectedReading(opened: OpenCheckpoint, hints: ArchitectureHints): CheckpointReading {
  try {
    return opened.describe(hints);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    try {
      return opened.describe(hints, '');
    } catch {
      throw error;
    }
  }
}
