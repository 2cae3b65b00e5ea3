import type { GraphBuilder, OutputRef } from './graph/graph-builder.ts';
import type { TensorData, TensorSpec } from './tensor-spec.ts';

/** One stretch of the plan: what to read, in order. Columns of equal length, a row an image. */
export interface PlanChunk {
  readonly paths: readonly string[];
  /** The images' encoded bytes, where the pipeline takes those and not the paths. */
  readonly contents?: readonly Uint8Array[];
  readonly labels: Int32Array;
  /** Two int32 an image, row-major [N, 2]: the seed of its random draws. */
  readonly seeds: Int32Array;
  /** 1 for images that count, 0 for the padding of a last batch. */
  readonly weights: Float32Array;
}

/** What the graph is told to make a pipeline of: nodes of one plan, and the outputs of the next batch. */
export interface GraphPipeline {
  /** Placeholders (`name:0`) of paths (or contents), labels, seeds, weights. */
  readonly feeds: Readonly<Record<Exclude<keyof PlanChunk, 'contents'>, OutputRef>>;
  /** A node that has run when the iterator stands at the chunk's start. */
  readonly started: string;
  /** The next batch, by output name. */
  readonly next: Readonly<Record<string, OutputRef>>;
}

/**
 * A source of batches inside a program: in TensorFlow's graph (decoding in C++, in parallel with the step), or a
 * loader in JavaScript where programs aren't recorded. Both follow the same plan.
 */
export interface Pipeline {
  readonly outputs: Readonly<Record<string, TensorSpec>>;
  build(builder: GraphBuilder): GraphPipeline;
  /** Loads images `from … from + batch` of a chunk. */
  load(chunk: PlanChunk, from: number): Promise<Record<string, TensorData>>;
  /** Images in a batch. */
  readonly batch: number;
  /** In the graph it takes a chunk's contents, not its paths. */
  readonly packed?: boolean;
}
