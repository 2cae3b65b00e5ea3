import type { Inspection } from '../../../src-shared/checkpoints/inspection.ts';
import type { RunRequest } from '../../../src-shared/contract/run-request.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { architectureTitle } from '../../../src-shared/models/architecture-title.ts';
import { gridOf, type Architecture } from '../../../src-shared/models/architecture.ts';

/** A checkpoint that a run can start from. */
export interface FoundCheckpoint {
  architecture: Architecture;
  labels: readonly string[] | null;
}

/** @throws AppError bad_checkpoint as the run itself would be refused */
export function checkCheckpoint(
  { path, variant, architecture, labels, nonFinite, error, notes, lit }: Inspection,
  { allowNan }: Pick<RunRequest, 'allowNan'>,
): { value: FoundCheckpoint; text: string; notes: readonly string[] } {
  if (error) throw new AppError(error.code, error.message, { hint: error.hint });
  if (!architecture)
    throw new AppError('bad_checkpoint', `${path} can't be fine-tuned.`, {
      hint: lit ? 'It is an image and text model: its towers are not trained here.' : undefined,
    });
  const broken = nonFinite[0];
  if (broken && !allowNan)
    throw new AppError('bad_checkpoint', `${broken.name} has numbers that are NaN or infinite.`, {
      hint: 'Take another copy of the file, or allow such numbers.',
    });
  const [height, width] = architecture.imageSize;
  const text = `It reads as ${architectureTitle(architecture, variant)}, for images of ${height} x ${width} px.`;
  return { value: { architecture, labels }, text, notes };
}

/** What becomes of the head. */
export function describeClasses(classNames: readonly string[], { architecture, labels }: FoundCheckpoint): string {
  const classes = classNames.length.toLocaleString('en');
  const fresh = `The head is new: ${classes} classes`;
  if (architecture.numClasses === null) return `${fresh}; the checkpoint has none.`;
  const same = labels !== null && labels.length === classNames.length && labels.every((l, i) => l === classNames[i]);
  if (same) return `${fresh}, the same as the checkpoint's, whose head is not taken over.`;
  return `${fresh}; the checkpoint's ${architecture.numClasses.toLocaleString('en')} go.`;
}

/** Whether position embeddings are made for the run's patches. */
export function checkPositions(from: Architecture, to: Architecture): { state: 'passed' | 'note'; text: string } {
  const [before, after] = [gridOf(from), gridOf(to)];
  if (to.family === 'mixer') return { state: 'passed', text: 'An MLP-Mixer has no position embeddings.' };
  if (String(before) === String(after))
    return { state: 'passed', text: `Position embeddings fit: ${after.join(' x ')} patches.` };
  const text = `Position embeddings are resized from ${before.join(' x ')} to ${after.join(' x ')} patches.`;
  return { state: 'note', text };
}

/** "The run needs at most 12.3 MB; 40.2 GB are free" */
export function describeNeed({ neededBytes, freeBytes }: { neededBytes: number; freeBytes: number }): string {
  return `The run needs at most ${megabytes(neededBytes)}; ${megabytes(freeBytes)} are free`;
}

/** Of at least a million bytes, mostly. */
export function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
