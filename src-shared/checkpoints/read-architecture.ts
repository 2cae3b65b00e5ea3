import type { Architecture } from '../models/architecture.ts';
import { readVitArchitecture, type VitHints } from './vit-architecture.ts';

export type ArchitectureHints = VitHints;

export interface ArchitectureReading {
  architecture: Architecture;
  /** What the weights leave open and how it was taken, a sentence each. */
  notes: string[];
  /** Tensors of the file that this model has no place for. */
  unused: string[];
}

/**
 * Reads a model's architecture from the names and shapes of its weights.
 * @param shapes by linen name (see `linenNames`)
 * @throws AppError bad_checkpoint: an unknown layout, missing or misshapen tensors, hints that contradict the weights
 */
export function readArchitecture(
  shapes: ReadonlyMap<string, readonly number[]>,
  hints: ArchitectureHints = {},
): ArchitectureReading {
  return readVitArchitecture(shapes, hints);
}
