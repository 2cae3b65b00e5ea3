import type { DataType, KernelBackend, Tensor } from '@tensorflow/tfjs-core';

/**
 * The native addon (tfjs_binding.node) that joins TensorFlow's C library to JavaScript. Everything TensorFlow does
 * here passes through these calls. Compiled from the two C++ files that `@tensorflow/tfjs-node-gpu` publishes.
 */
export interface TFJSBinding {
  readonly TF_Version: string;

  /** Copies nothing: the tensor keeps `buffer` alive. Int64 takes pairs of int32. Returns the tensor's id. */
  createTensor(shape: number[], dtype: number, buffer: TensorBuffer): number;
  deleteTensor(tensorId: number): void;
  /** A copy of the tensor's values. Strings come as one Uint8Array an element. */
  tensorDataSync(tensorId: number): Float32Array | Int32Array | Uint8Array | Uint8Array[];
  /** Runs one op now. Its name is one of TensorFlow's (`MatMul`, `Softmax`). */
  executeOp(opName: string, attributes: OpAttr[], inputTensorIds: number[], outputs: number): TensorMetadata[];
  /** Loads a SavedModel's folder. `tags` are joined by commas. Returns the session's id. */
  loadSavedModel(exportDir: string, tags: string): number;
  deleteSavedModel(savedModelId: number): void;
  /** Feeds and fetches by `name:index`, joined by commas. Blocks until it is done. */
  runSavedModel(
    savedModelId: number,
    inputTensorIds: number[],
    inputNames: string,
    outputNames: string,
  ): TensorMetadata[];
  getNumOfSavedModels(): number;
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;

  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_BOOL: number;
  readonly TF_COMPLEX64: number;
  readonly TF_STRING: number;
  readonly TF_RESOURCE: number;
  readonly TF_UINT8: number;

  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_ATTR_RESOURCE: number;
}

export type TensorBuffer = Float32Array | Int32Array | Uint8Array | Uint8Array[];

export interface TensorMetadata {
  id: number;
  shape: number[];
  /** One of the binding's `TF_*` types. */
  dtype: number;
}

export interface OpAttr {
  name: string;
  /** One of the binding's `TF_ATTR_*` kinds. */
  type: number;
  value: boolean | number | object | string | number[];
}

/** tfjs-node's backend, with the parts of it that the recorder of programs stands in for. */
export interface NodeBackend extends KernelBackend {
  binding: TFJSBinding;
  readonly tensorMap: { get(dataId: object): TensorInMap };
  /** Puts values under a key; `dtype` is tfjs's. Nothing is copied to TensorFlow before an op wants it. */
  move(dataId: object, values: TensorBuffer, shape: number[], dtype: DataType, refCount: number): void;
  /** Wraps one of the binding's tensors as tfjs's. */
  createOutputTensor(metadata: TensorMetadata): Tensor;
  getInputTensorIds(tensors: Tensor[]): number[];
}

/** Either `values` (not yet given to TensorFlow) or `id` says what the tensor holds. */
export interface TensorInMap {
  shape: number[];
  dtype: number;
  values: TensorBuffer | null;
  id: number;
  refCount: number;
}
