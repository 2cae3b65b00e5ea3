import { openFlaxCheckpoint } from './flax-checkpoint.ts';
import { locateCheckpoint } from './locate-checkpoint.ts';
import { openNpzCheckpoint } from './npz-checkpoint.ts';
import type { OpenCheckpoint } from './opened-checkpoint.ts';
import type { FileFormat } from './tensor-file.ts';
import { openTorchCheckpoint } from './torch-checkpoint.ts';

/** Each format opens its files. @throws AppError not_found, bad_file, bad_checkpoint */
const OPENERS = {
  flax: openFlaxCheckpoint,
  npz: openNpzCheckpoint,
  safetensors: openTorchCheckpoint,
} satisfies { [F in FileFormat]: (path: string) => Promise<OpenCheckpoint> };

/**
 * Opens a checkpoint, whatever its layout. Whoever opens it closes `file`.
 * @param path of a file, or of a folder with one
 * @throws AppError not_found, bad_file, bad_checkpoint
 */
export async function openCheckpoint(path: string): Promise<OpenCheckpoint> {
  const located = await locateCheckpoint(path);
  return OPENERS[located.format](located.path);
}
