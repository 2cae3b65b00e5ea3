/** A value while recording: never numbers, only what is known without running. */
export interface Symbol {
  readonly shape: readonly number[];
  /** TensorFlow's data type number. */
  readonly dtype: number;
  /** Set on constants alone: the shapes of reductions, transposes, slices … are read from it. */
  readonly constant?: Int32Array | Float32Array | Uint8Array;
}

export type Attributes = Readonly<Record<string, boolean | number | object | string | number[]>>;

export interface OpRule {
  /** Shapes (and types, where not that of input 0) of the outputs. */
  outputs(inputs: readonly Symbol[], attrs: Attributes): { shape: readonly number[]; dtype?: number }[];
}
