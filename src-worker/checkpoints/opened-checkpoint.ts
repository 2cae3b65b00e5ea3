import type { InspectedTraining, Inspection } from '../../src-shared/checkpoints/inspection.ts';
import type { LitHints, LitReading } from '../../src-shared/checkpoints/lit-architecture.ts';
import type { Slot } from '../../src-shared/checkpoints/layouts/slot.ts';
import type { ArchitectureHints } from '../../src-shared/checkpoints/read-architecture.ts';
import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import type { TensorFile } from './tensor-entry.ts';

/** What a checkpoint is, by the names and shapes of its tensors and what describes it. */
export interface CheckpointReading {
  architecture: Architecture;
  /** Where each parameter stands in the file: exactly those of the architecture. */
  slots: readonly Slot[];
  labels: string[] | null;
  preprocessing: Preprocessing | null;
  /** Why its images can't be prepared here as it says, a clause; absent where they can. */
  unprepared?: string | undefined;
  provenance: Record<string, unknown> | null;
  /** Tensors that this model has no place for. */
  unused: string[];
  notes: string[];
}

/** A checkpoint whose headers were read and checked; its numbers follow in one pass over `file`. */
export interface OpenCheckpoint {
  readonly file: TensorFile;
  /** Of its tensors' names. */
  readonly naming: Inspection['naming'];
  /** SHA-256 of the numbers that the description beside it is of, as it says; null without one. */
  readonly described: string | null;
  /** What is worth knowing of the file, whatever it holds. */
  readonly notes: readonly string[];
  /** Of a run that stopped and may go on. */
  readonly training?: InspectedTraining;
  /**
   * What it is. Until its bytes were hashed, a description beside it is believed; given the sum, one that was written
   * for other numbers is left out of account, with a note.
   * @throws AppError bad_checkpoint: an unknown layout, missing or misshapen tensors
   */
  describe(hints: ArchitectureHints, sha256?: string): CheckpointReading;
  /** What it is as an image and text model; null where it is none. */
  describeLit?(hints: LitHints): LitReading | null;
}
