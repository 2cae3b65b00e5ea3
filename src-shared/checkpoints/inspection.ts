import type { ErrorCode } from '../errors.ts';
import type { KeptFingerprint } from '../fingerprint/fingerprint.ts';
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

/** What a checkpoint of a training run holds besides its parameters. */
export interface InspectedTraining {
  /** What wrote it. */
  title: string;
  /** As the training loop counted; null where it doesn't say. */
  step: number | null;
  /** Null where it holds no optimizer's state. */
  optimizer: {
    /** Updates as the optimizer counted them. */
    updates: number | null;
    /** Types of SGD's momentum, where there is one for each parameter; null of another optimizer. */
    momentum: string[] | null;
    /** Arrays and numbers of it. */
    values: number;
  } | null;
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
  /** Of a file that flax wrote while it trained. */
  training?: InspectedTraining;
  labels: string[] | null;
  /** The file names no classes: these are of the set that has exactly as many. */
  labelsAssumed?: true;
  /** WordNet's ids of the classes, where the labels are ImageNet's. */
  synsets?: string[];
  preprocessing: Preprocessing | null;
  /** Why images can't be prepared as the file asks, a clause. */
  unprepared?: string;
  provenance: Record<string, unknown> | null;
  /** As it was kept, not computed now. */
  fingerprint?: KeptFingerprint;
  /** Sorted by name, numbers by value. */
  tensors: InspectedTensor[];
  /** Names of tensors that the model has no place for, and of those it lacks (both as the program names them). */
  unused: string[];
  missing: string[];
  /** Tensors, used or not, with numbers that are NaN or infinite, and how many. */
  nonFinite: { name: string; nan: number; infinite: number }[];
  /** What isn't sure or is worth knowing, a sentence each. */
  notes: string[];
  /** Why this checkpoint can't be used; null where it can. */
  error: { code: ErrorCode; message: string; hint?: string } | null;
}
