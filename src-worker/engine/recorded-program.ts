import { AppError } from '../../src-shared/errors.ts';
import { releaseArray } from '../release-array.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { checkChunk, checkFeeds, checkStateValues, methodOf, stateOf } from './checks.ts';
import { loadGraph } from './graph/load-graph.ts';
import { DT } from './graph/proto.ts';
import { buildGraph, type BuiltGraph, type GraphOptions } from './graph/program-graph.ts';
import { compiledCache } from './open-compiled-cache.ts';
import { nodeBackend, type NodeBackend } from './node-backend.ts';
import type { PlanChunk } from './pipeline.ts';
import type { Program, ProgramSpec, TensorData, TensorValue } from './program.ts';

/**
 * State is moved in runs of at most this many bytes, so that a large model isn't held twice. Fewer: TensorFlow prepares
 * each run anew, 40 ms with L/16's graph. More: it copies what is fed once more where JavaScript's memory isn't aligned
 * as it wants, and all of that is held at the same time.
 */
const STATE_RUN_BYTES = 64 * 2 ** 20;

interface Feed {
  ref: string;
  shape: readonly number[];
  dtype: number;
  data: TensorData | Uint8Array[];
}

/** A program recorded into a TensorFlow graph, compiled by XLA, with its state kept in the session. */
export class RecordedProgram implements Program {
  readonly mode = 'recorded';
  readonly spec: ProgramSpec;
  readonly #graph: BuiltGraph;
  readonly #backend: NodeBackend;
  #session: number | undefined;
  readonly #compiled = compiledCache();
  readonly #compiledKey: string | undefined;
  /** Methods that have succeeded. Each has one shape of feeds: its first run compiles it, and no later one does. */
  readonly #succeeded = new Set<string>();
  /** States that were never set. They are zero, but take no memory until something is run. */
  readonly #unset: Set<string>;
  /** Where each pipeline stands, to say which files a failing batch had. */
  readonly #plans = new Map<string, { chunk: PlanChunk; position: number }>();

  private constructor(spec: ProgramSpec, graph: BuiltGraph, backend: NodeBackend) {
    this.spec = spec;
    this.#graph = graph;
    this.#backend = backend;
    this.#compiledKey = this.#compiled?.offer(graph.savedModel);
    this.#session = loadGraph(backend, graph.savedModel);
    this.#unset = new Set(Object.keys(spec.state));
  }

  static async create(spec: ProgramSpec, options: GraphOptions = {}): Promise<RecordedProgram> {
    const backend = nodeBackend();
    if (!backend) throw new Error('programs are recorded on TensorFlow only');
    return new RecordedProgram(spec, buildGraph(spec, backend, options), backend);
  }

  async writeState(values: ReadonlyMap<string, TensorData>): Promise<void> {
    for (const [name, data] of values) checkStateValues(this.spec, name, data);
    for (const names of this.#runs([...values.keys()])) this.#set(names, values);
  }

  async takeState(values: Map<string, TensorData>): Promise<void> {
    for (const [name, data] of values) checkStateValues(this.spec, name, data);
    for (const names of this.#runs([...values.keys()])) {
      this.#set(names, values);
      for (const name of names) {
        releaseArray(values.get(name)!);
        values.delete(name);
      }
    }
  }

  #set(names: readonly string[], values: ReadonlyMap<string, TensorData>): void {
    const feeds = names.map((name) => {
      const { shape, dtype } = this.spec.state[name]!;
      return {
        ref: this.#graph.state[name]!.set,
        shape,
        dtype: dtype === 'int32' ? DT.int32 : DT.float32,
        data: values.get(name)!,
      };
    });
    this.#run(
      feeds,
      names.map((name) => this.#graph.state[name]!.assigned),
    );
    for (const name of names) this.#unset.delete(name);
  }

  /** What was never set becomes zero. */
  #setRest(): void {
    if (this.#unset.size === 0) return;
    this.#run(
      [],
      [...this.#unset].map((name) => this.#graph.state[name]!.zeroed),
    );
    this.#unset.clear();
  }

  async readState(names: readonly string[] = Object.keys(this.spec.state)): Promise<Map<string, TensorData>> {
    for (const name of names) stateOf(this.spec, name);
    this.#setRest();
    const values = new Map<string, TensorData>();
    for (const run of this.#runs(names)) {
      const read = this.#run(
        [],
        run.map((name) => this.#graph.state[name]!.get),
      );
      run.forEach((name, i) => values.set(name, read[i]!.data));
    }
    return values;
  }

  async call(method: string, feeds: Readonly<Record<string, TensorData>> = {}): Promise<Record<string, TensorValue>> {
    checkFeeds(this.spec, method, feeds);
    this.#setRest();
    const { refs, outputs, done } = this.#graph.methods[method]!;
    const given = Object.entries(methodOf(this.spec, method).feeds ?? {}).map(([name, { shape, dtype }]) => {
      return { ref: refs[name]!, shape, dtype: DT[dtype], data: feeds[name]! };
    });
    const names = Object.keys(outputs);
    const fetches = [...names.map((name) => outputs[name]!), ...(done === undefined ? [] : [done])];
    const pipeline = this.spec.methods[method]!.pipeline;
    let results: TensorValue[];
    try {
      results = this.#run(given, fetches);
      if (!this.#succeeded.has(method)) this.#compiled?.keep(this.#compiledKey!);
      this.#succeeded.add(method);
    } catch (error) {
      if (this.#succeeded.size === 0) this.#compiled?.forget(this.#compiledKey!);
      throw pipeline === undefined ? error : await this.#nameFiles(pipeline, error as Error);
    }
    const plan = this.#plans.get(pipeline ?? '');
    if (plan) plan.position += this.spec.pipelines![pipeline!]!.batch;
    return Object.fromEntries(names.map((name, i) => [name, results[i]!]));
  }

  async startPipeline(name: string, chunk: PlanChunk): Promise<void> {
    checkChunk(this.spec, name, chunk);
    const { feeds, started } = this.#graph.pipelines[name]!;
    const n = chunk.paths.length;
    const text = new TextEncoder();
    this.#run(
      [
        {
          ref: feeds.paths,
          shape: [n],
          dtype: DT.string,
          data: [...(chunk.contents ?? chunk.paths.map((p) => text.encode(p)))],
        },
        { ref: feeds.labels, shape: [n], dtype: DT.int32, data: chunk.labels },
        { ref: feeds.seeds, shape: [n, 2], dtype: DT.int32, data: chunk.seeds },
        { ref: feeds.weights, shape: [n], dtype: DT.float32, data: chunk.weights },
      ],
      [started],
    );
    this.#plans.set(name, { chunk, position: 0 });
  }

  /**
   * TensorFlow's decoder doesn't say which file it failed on: the loader in JavaScript tries the batch's files and does.
   */
  async #nameFiles(name: string, error: Error): Promise<Error> {
    const plan = this.#plans.get(name);
    const pipeline = this.spec.pipelines![name]!;
    const paths = plan?.chunk.paths.slice(plan.position, plan.position + pipeline.batch) ?? [];
    if (!plan || paths.length === 0) return error; // the end of the sequence
    try {
      await pipeline.load(plan.chunk, plan.position);
    } catch (found) {
      if (found instanceof AppError) return found;
    }
    return new Error(`${error.message}\nThe batch's files: ${paths.join(', ')}`, { cause: error });
  }

  dispose(): void {
    if (this.#session !== undefined) this.#backend.binding.deleteSavedModel(this.#session);
    this.#session = undefined;
  }

  /** Feeds, runs, copies the results out; every tensor made for it is deleted, also when the run fails. */
  #run(feeds: Feed[], fetches: string[]): TensorValue[] {
    if (this.#session === undefined) throw new Error(`program ${this.spec.name} was disposed`);
    const { binding } = this.#backend;
    const fed: number[] = [];
    try {
      for (const { shape, dtype, data } of feeds) fed.push(binding.createTensor([...shape], dtype, data));
      const results = binding.runSavedModel(this.#session, fed, feeds.map((f) => f.ref).join(), fetches.join());
      const values: TensorValue[] = [];
      for (const { id, shape } of results) {
        values.push({ shape, data: binding.tensorDataSync(id) as TensorData });
        binding.deleteTensor(id);
      }
      return values;
    } finally {
      for (const id of fed) binding.deleteTensor(id);
    }
  }

  /** Names of states in groups of limited size. */
  *#runs(names: readonly string[]): Generator<string[]> {
    let group: string[] = [];
    let bytes = 0;
    for (const name of names) {
      const size = 4 * sizeOfShape(stateOf(this.spec, name).shape);
      if (group.length > 0 && bytes + size > STATE_RUN_BYTES) {
        yield group;
        group = [];
        bytes = 0;
      }
      group.push(name);
      bytes += size;
    }
    if (group.length > 0) yield group;
  }
}
