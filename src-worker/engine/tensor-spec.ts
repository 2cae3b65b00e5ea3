/** Element types that cross between JavaScript and a program. */
export type Dtype = 'float32' | 'int32' | 'bool';

export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

export type TensorData = Float32Array | Int32Array | Uint8Array;
