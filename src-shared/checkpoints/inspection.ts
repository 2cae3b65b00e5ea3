import type { ErrorCode } from '../errors.ts';
import type { Architecture } from '../models/architecture.ts';
import type { LitArchitecture } from '../models/lit.ts';
import type { Naming } from './names.ts';
import type { Preprocessing } from './sidecar.ts';

export interface InspectedTensor {
  /** As in the file. */
  name: string;
  shape: readonly number[];
  dtype: string;
}

/** Everything that `vitrine inspect` tells of a checkpoint. */
export interface Inspection {
  path: string;
  /** Of the file, bytes. */
  bytes: number;
  sha256: string;
  /** Numbers in all tensors. */
  parameters: number;
  /** How its tensors are named: vit_jax's two ways, or the program whose layout it is. */
  naming: Naming | 'timm' | 'Hugging Face';
  /** `model_name` of the variant with this architecture, e.g. `ViT-Ti_16`. */
  variant: string | null;
  /** Null where the layout isn't known (`error` says why) and for image and text models. */
  architecture: Architecture | null;
  /** Of an image and text model. */
  lit?: LitArchitecture;
  labels: string[] | null;
  preprocessing: Preprocessing | null;
  /** Why images can't be prepared as the file asks, a clause. */
  unprepared?: string;
  provenance: Record<string, unknown> | null;
  /** Sorted by name, numbers by value. */
  tensors: InspectedTensor[];
  /** Names of tensors that the model has no place for, and of those it lacks (both as the program names them). */
  unused: string[];
  missing: string[];
  /** What isn't sure or is worth knowing, a sentence each. */
  notes: string[];
  /** Why this checkpoint can't be used; null where it can. */
  error: { code: ErrorCode; message: string; hint?: string } | null;
}
