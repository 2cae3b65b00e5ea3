import type { Attributes } from './op-rule.ts';

/** One input of an op under test. `constant` inputs are known while recording. */
export interface CaseInput {
  shape: number[];
  dtype: number;
  data: Float32Array | Int32Array | Uint8Array;
}

export interface OpCase {
  inputs: CaseInput[];
  attrs?: Attributes;
  /** Attributes that are data types, by name. */
  types?: Record<string, number>;
  outputs?: number;
}

/** Draws whole numbers in [from, to]. */
export type Draw = (from: number, to: number) => number;
