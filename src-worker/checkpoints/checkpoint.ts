import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import type { NamedTensor, Params } from '../../src-shared/models/params.ts';

/** A model as it stands in a file: its numbers and what is known of them. */
export interface Checkpoint {
  /** By linen name; exactly the tensors of the architecture. */
  params: Params;
  architecture: Architecture;
  /** Class names in the order of the logits. */
  labels: string[] | null;
  /** Null where no description stands beside the file; AugReg's own preprocessing is a resize to the image size. */
  preprocessing: Preprocessing | null;
  /** Why images can't be prepared as the file asks, a clause; absent where they can. */
  unprepared?: string;
  provenance: Record<string, unknown> | null;
  /** Of the file. */
  sha256: string;
  notes: string[];
}

/** One that was just read: its numbers are the receiver's, who may give them away (`moveParams`). */
export interface LoadedCheckpoint extends Checkpoint {
  params: Map<string, NamedTensor>;
}
