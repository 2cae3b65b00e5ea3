import type { Fingerprint } from '../../fingerprint/fingerprint.ts';
import type { Architecture } from '../../models/architecture.ts';
import type { Preprocessing } from '../sidecar.ts';

/** What a model card is written from. */
export interface CardFacts {
  architecture: Architecture;
  /** The published variant of these sizes, or null. */
  variant: string | null;
  labels: readonly string[] | null;
  /** Nothing but the number of classes says that these are the labels. */
  labelsAssumed: boolean;
  /** Null where it isn't known. */
  preprocessing: Preprocessing | null;
  /** The checkpoint says nothing of it: this is how AugReg's models take images. */
  preprocessingAssumed: boolean;
  target: 'npz' | 'timm' | 'hf' | 'savedmodel' | 'onnx';
  /** Of the checkpoint that was exported. */
  sourceSha256: string;
  /** What is known of how it came about; null where nothing is. */
  provenance: Record<string, unknown> | null;
  fingerprint: Fingerprint | null;
  /** Largest difference in outputs between the checkpoint and what was written, and on what it was measured. */
  verified: { difference: number; images: number; by: string };
  notes: readonly string[];
}
