import type * as tf from '@tensorflow/tfjs-core';
import type { Pipeline, PlanChunk } from './pipeline.ts';
import type { TensorData, TensorSpec } from './tensor-spec.ts';

export type { TensorData, TensorSpec } from './tensor-spec.ts';

/** bfloat16 state is float32 to the methods and rounded to nearest even when it is stored. */
export interface StateSpec {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bfloat16';
}

export type Tensors = Record<string, tf.Tensor>;

/** Of matrix products and convolutions; everything else is float32. */
export type Precision = 'float32' | 'bfloat16';

export interface MethodSpec {
  /** What a caller gives with each call. */
  readonly feeds?: Readonly<Record<string, TensorSpec>>;
  /** Feeds that come from a pipeline of the program, by the pipeline's name; its outputs join `feeds`. */
  readonly pipeline?: string;
  /** Instead of the program's. */
  readonly precision?: Precision;
  /**
   * The computation, in plain tfjs ops over `state` and `feeds`. It runs once where programs are recorded and at each
   * call elsewhere, so it must mean the same each time: no value read, no random number drawn in JavaScript, no tensor
   * from outside. `state` in the result replaces those states; the rest stays.
   */
  run(state: Tensors, feeds: Tensors): { outputs?: Tensors; state?: Tensors };
}

/** A program: named state and named methods over it. See ARCHITECTURE.md, "Recorded programs". */
export interface ProgramSpec {
  readonly name: string;
  readonly state: Readonly<Record<string, StateSpec>>;
  readonly methods: Readonly<Record<string, MethodSpec>>;
  readonly pipelines?: Readonly<Record<string, Pipeline>>;
}

export interface TensorValue {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface Program {
  readonly spec: ProgramSpec;
  /** How the methods run: recorded and compiled, or op by op. */
  readonly mode: 'recorded' | 'eager';
  /** Sets states. Values row-major; float32 for bfloat16 states. Missing names keep their value. */
  writeState(values: ReadonlyMap<string, TensorData>): Promise<void>;
  /**
   * As `writeState`, but takes the values for good, each as soon as the state holds it, so that a large model isn't held
   * twice: the map is empty afterwards, and its arrays are detached or belong to the state.
   */
  takeState(values: Map<string, TensorData>): Promise<void>;
  /** Copies of states, all of them by default. bfloat16 states come as float32. */
  readState(names?: readonly string[]): Promise<Map<string, TensorData>>;
  /** Runs a method. State changes before it resolves. */
  call(method: string, feeds?: Readonly<Record<string, TensorData>>): Promise<Record<string, TensorValue>>;
  /** Gives a pipeline its next stretch; its length is a multiple of the pipeline's batch. */
  startPipeline(name: string, chunk: PlanChunk): Promise<void>;
  dispose(): void;
}
