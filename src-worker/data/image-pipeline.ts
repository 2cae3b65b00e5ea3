import { attrString, type GraphBuilder, type OutputRef } from '../engine/graph/graph-builder.ts';
import { DT, shapeProto, type AttrValue, type DtypeName, type FunctionDef } from '../engine/graph/proto.ts';
import type { GraphPipeline, Pipeline, PlanChunk } from '../engine/pipeline.ts';
import type { TensorData, TensorSpec } from '../engine/program.ts';
import { imageFunctions, type ImageTransform } from './image-function.ts';

export interface ImagePipelineOptions extends ImageTransform {
  batch: number;
  /** Images decoded at a time; the engine's threads. */
  parallelism: number;
  /** Unique within a program: names the map function. */
  name: string;
}

/** Everything of a pipeline stays on the CPU; its batches are copied to where the step runs. */
const CPU = '/device:CPU:0';
/** Batches decoded ahead of the step. */
const PREFETCH_BATCHES = 2;

/**
 * Batches of images straight from files: TensorFlow's tf.data ops in the program's own graph read, decode, crop, resize
 * and batch in C++ while the step runs. Outputs `images` [B, H, W, 3] in the preprocessing's range, `labels` int32 [B],
 * `weights` [B].
 */
export class ImagePipeline implements Pipeline {
  readonly batch: number;
  readonly packed: boolean;
  readonly outputs: Readonly<Record<string, TensorSpec>>;
  readonly #options: ImagePipelineOptions;

  constructor(options: ImagePipelineOptions) {
    this.#options = options;
    this.batch = options.batch;
    this.packed = options.packed ?? false;
    this.outputs = {
      images: { shape: [options.batch, ...options.preprocessing.resolution, 3], dtype: 'float32' },
      labels: { shape: [options.batch], dtype: 'int32' },
      weights: { shape: [options.batch], dtype: 'float32' },
    };
  }

  build(builder: GraphBuilder): GraphPipeline {
    const { batch, parallelism, name } = this.#options;
    const functions = this.functions(`${name}_image`);
    for (const definition of functions) builder.addFunction(definition);

    const node = (op: string, inputs: OutputRef[], attrs: Record<string, AttrValue>): string =>
      builder.node(op, { name: op, inputs, attrs, device: CPU });
    const long = (value: number): string => builder.constant(BigInt64Array.of(BigInt(value)), [], { device: CPU });
    const feed = (name: string, dtype: DtypeName, shape: readonly number[] | null): string => {
      const ref = builder.placeholder(name, dtype, shape);
      builder.nodes.at(-1)!.device = CPU;
      return ref;
    };

    const feeds = {
      paths: feed('paths', 'string', null),
      labels: feed('labels', 'int32', null),
      seeds: feed('seeds', 'int32', null),
      weights: feed('weights', 'float32', null),
    };
    // A copy: the binding empties a string tensor's buffer when it deletes it, and the data set would share that buffer.
    const paths = node('StringJoin', [feeds.paths], { N: { i: 1 }, separator: attrString('') });
    const slices = node('TensorSliceDataset', [paths, feeds.labels, feeds.seeds, feeds.weights], {
      Toutput_types: typeList(['string', 'int32', 'int32', 'float32']),
      output_shapes: shapeList([[], [], [2], []]),
    });
    const elements = signature(
      Object.values(this.outputs).map(({ shape, dtype }) => ({ shape: shape.slice(1), dtype })),
    );
    const batches = signature(Object.values(this.outputs));
    const mapped = node('ParallelMapDatasetV2', [slices, long(parallelism)], {
      f: { func: { name: functions[0]!.signature.name } },
      Targuments: { list: { type: [] } },
      deterministic: attrString('true'),
      ...elements,
    });
    const batched = node('BatchDatasetV2', [mapped, long(batch), this.#true(builder)], batches);
    const prefetched = node('PrefetchDataset', [batched, long(PREFETCH_BATCHES)], batches);
    const iterator = node('IteratorV2', [], {
      shared_name: attrString(`${name}_iterator`),
      container: attrString(''),
      ...batches,
    });
    const made = builder.node('MakeIterator', { name: 'MakeIterator', inputs: [prefetched, iterator], device: CPU });
    const started = builder.constant(Uint8Array.of(1), [], { name: 'started', control: [made], device: CPU });
    const next = node('IteratorGetNext', [iterator], batches);
    return {
      feeds: {
        paths: `${feeds.paths}:0`,
        labels: `${feeds.labels}:0`,
        seeds: `${feeds.seeds}:0`,
        weights: `${feeds.weights}:0`,
      },
      started: `${started}:0`,
      next: { images: next, labels: `${next}:1`, weights: `${next}:2` },
    };
  }

  /** The map function, and those that it calls. */
  protected functions(name: string): FunctionDef[] {
    return imageFunctions(name, this.#options);
  }

  async load(chunk: PlanChunk, from: number): Promise<Record<string, TensorData>> {
    const { loadBatch } = await import('./sharp-loader.ts');
    const to = from + this.batch;
    const entries = chunk.paths.slice(from, to).map((path, i) => ({
      path,
      label: chunk.labels[from + i]!,
      seed: [chunk.seeds[2 * (from + i)]!, chunk.seeds[2 * (from + i) + 1]!] as const,
    }));
    const { images, labels } = await loadBatch(entries, this.#options);
    return { images, labels, weights: chunk.weights.slice(from, to) };
  }

  #true(builder: GraphBuilder): string {
    return builder.constant(Uint8Array.of(1), [], { device: CPU });
  }
}

function typeList(types: readonly DtypeName[]): AttrValue {
  return { list: { type: types.map((t) => DT[t]) } };
}

function shapeList(shapes: readonly (readonly number[])[]): AttrValue {
  return { list: { shape: shapes.map((s) => shapeProto(s)) } };
}

function signature(specs: readonly TensorSpec[]): Record<string, AttrValue> {
  return { output_types: typeList(specs.map((s) => s.dtype)), output_shapes: shapeList(specs.map((s) => s.shape)) };
}
