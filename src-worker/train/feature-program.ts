import type { PlanChunk } from '../engine/pipeline.ts';
import type { Program, ProgramSpec, TensorData, TensorValue } from '../engine/program.ts';
import type { FeatureStore } from './feature-store.ts';

/** Features of a list of images, found by an image's file. */
export interface FeatureList {
  store: FeatureStore;
  /** Row by path. */
  rows: ReadonlyMap<string, number>;
}

/** Which stretch of the plan feeds a method. */
const SOURCES: Readonly<Record<string, string>> = {
  train: 'train',
  accumulate: 'train',
  evaluate: 'eval',
};

/**
 * A training program whose batches are features: it takes the plan that an image pipeline takes, and feeds the rows of
 * the planned images. So the loop of a run doesn't know that it trains a head alone.
 */
export class FeatureProgram implements Program {
  readonly spec: ProgramSpec;
  readonly mode: Program['mode'];
  readonly #inner: Program;
  readonly #lists: Readonly<Record<string, FeatureList>>;
  readonly #plans = new Map<string, { chunk: PlanChunk; position: number }>();

  /** Owns both: `dispose` disposes of the program and closes the stores. */
  constructor(inner: Program, lists: Readonly<Record<'train' | 'eval', FeatureList>>) {
    this.spec = inner.spec;
    this.mode = inner.mode;
    this.#inner = inner;
    this.#lists = lists;
  }

  writeState(values: ReadonlyMap<string, TensorData>): Promise<void> {
    return this.#inner.writeState(values);
  }

  takeState(values: Map<string, TensorData>): Promise<void> {
    return this.#inner.takeState(values);
  }

  readState(names?: readonly string[]): Promise<Map<string, TensorData>> {
    return this.#inner.readState(names);
  }

  async startPipeline(name: string, chunk: PlanChunk): Promise<void> {
    this.#plans.set(name, { chunk, position: 0 });
  }

  async call(method: string, feeds: Readonly<Record<string, TensorData>> = {}): Promise<Record<string, TensorValue>> {
    const source = SOURCES[method];
    return this.#inner.call(method, source === undefined ? feeds : { ...feeds, ...this.#next(source, method) });
  }

  dispose(): void {
    this.#inner.dispose();
    for (const { store } of Object.values(this.#lists)) store.close();
  }

  /** The next batch of a stretch, as the method's feeds have it. */
  #next(source: string, method: string): Record<string, TensorData> {
    const plan = this.#plans.get(source);
    const wanted = this.spec.methods[method]!.feeds!;
    const batch = wanted['images']!.shape[0]!;
    if (!plan || plan.position + batch > plan.chunk.paths.length) throw new Error('End of sequence');
    const { chunk, position: from } = plan;
    const to = from + batch;
    plan.position = to;
    const { store, rows } = this.#lists[source]!;
    const items = chunk.paths.slice(from, to).map((path) => rows.get(path)!);
    const labels = chunk.labels.slice(from, to);
    return {
      images: store.rows(items),
      labels,
      ...('weights' in wanted ? { weights: chunk.weights.slice(from, to) } : {}),
    };
  }
}
