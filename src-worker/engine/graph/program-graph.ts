import type * as tf from '@tensorflow/tfjs-core';
import { checkNewState } from '../checks.ts';
import type { NodeBackend } from '../node-backend.ts';
import type { GraphPipeline } from '../pipeline.ts';
import type { MethodSpec, Precision, ProgramSpec, StateSpec } from '../program.ts';
import { bfloat16Products } from './bfloat16-products.ts';
import { attrString, attrType, GraphBuilder } from './graph-builder.ts';
import { encodeSavedModel, shapeProto, type DtypeName } from './proto.ts';
import { record, RecordingError, type RecordInput } from './recorder.ts';

interface StateNodes {
  /** Name of the VarHandleOp. */
  handle: string;
  /** `name:0` of a node that has run when zeros are assigned. */
  zeroed: string;
  /** `name:0` of the placeholder, of a node that has run when the value is assigned, and of the value. */
  set: string;
  assigned: string;
  get: string;
}

interface MethodNodes {
  /** Placeholders by feed, `name:0`. */
  refs: Record<string, string>;
  outputs: Record<string, string>;
  /** Has run when all states are assigned; absent when the method changes none. */
  done?: string;
}

export interface BuiltGraph {
  savedModel: Uint8Array;
  state: Record<string, StateNodes>;
  methods: Record<string, MethodNodes>;
  pipelines: Record<string, GraphPipeline>;
}

export interface GraphOptions {
  /** Of methods that say nothing of their own. */
  precision?: Precision | undefined;
  /** Where the towers of a method are computed (towers.ts), as TensorFlow names devices. */
  devices?: readonly string[] | undefined;
}

/** Where feeds are. */
const CPU = '/device:CPU:0';

/**
 * Records all methods of a program into one graph: state as resource variables, a sub-graph a method. Records twice
 * and compares the bytes, so that a method that isn't the same each time (a clock, a counter) is refused.
 */
export function buildGraph(spec: ProgramSpec, backend: NodeBackend, options: GraphOptions = {}): BuiltGraph {
  const graph = buildOnce(spec, backend, options);
  const again = buildOnce(spec, backend, options);
  if (Buffer.compare(graph.savedModel, again.savedModel) !== 0) {
    throw new RecordingError(
      `program ${spec.name}: two recordings differ; a method depends on something outside its state and feeds`,
    );
  }
  return graph;
}

function buildOnce(spec: ProgramSpec, backend: NodeBackend, options: GraphOptions): BuiltGraph {
  const builder = new GraphBuilder();
  const state = Object.fromEntries(
    Object.entries(spec.state).map(([name, s], i) => [name, stateNodes(builder, `state/${i}`, s)]),
  );
  const pipelines = Object.fromEntries(
    Object.entries(spec.pipelines ?? {}).map(([name, pipeline]) => [
      name,
      builder.scope(`pipeline/${name}`, () => pipeline.build(builder)),
    ]),
  );
  const methods: Record<string, MethodNodes> = {};
  for (const [name, method] of Object.entries(spec.methods)) {
    const recorder = new MethodGraph({ builder, backend, spec, state, pipelines, devices: options.devices });
    try {
      const first = builder.nodes.length;
      methods[name] = builder.scope(name, () => recorder.build(name, method));
      if ((method.precision ?? options.precision) === 'bfloat16') {
        builder.rewrite(first, (nodes) => bfloat16Products(nodes, `${name}/bfloat16`));
      }
    } catch (error) {
      if (error instanceof RecordingError) error.message = `${spec.name}.${name}: ${error.message}`;
      throw error;
    }
  }
  return {
    savedModel: encodeSavedModel(builder.graphDef()),
    state,
    methods,
    pipelines,
  };
}

function stateNodes(builder: GraphBuilder, name: string, { shape, dtype }: StateSpec): StateNodes {
  const valueType = dtype === 'int32' ? 'int32' : 'float32';
  return builder.scope(name, () => {
    const handle = builder.node('VarHandleOp', {
      name: 'variable',
      attrs: {
        dtype: attrType(dtype),
        shape: { shape: shapeProto(shape) },
        shared_name: attrString(name),
        container: attrString(''),
      },
    });
    const placeholder = builder.placeholder('set', valueType, shape);
    const assign = assignNode(
      builder,
      { handle, dtype },
      { ref: copyNode(builder, placeholder, valueType), control: [] },
    );
    const value = cast(builder, readNode(builder, handle, dtype), { from: dtype, to: valueType });
    const zero = builder.constant(valueType === 'int32' ? new Int32Array(1) : new Float32Array(1), []);
    const zeros = builder.node('Fill', {
      name: 'zeros',
      inputs: [builder.constant(Int32Array.from(shape), [shape.length]), zero],
      attrs: { T: attrType(valueType), index_type: attrType('int32') },
    });
    return {
      handle,
      zeroed: `${doneNode(builder, [assignNode(builder, { handle, dtype }, { ref: zeros, control: [] })])}:0`,
      set: `${placeholder}:0`,
      assigned: `${doneNode(builder, [assign])}:0`,
      get: `${builder.node('Identity', { name: 'get', inputs: [value], attrs: { T: attrType(valueType) } })}:0`,
    };
  });
}

/**
 * What is fed lies in memory that JavaScript owns: a state assigned from it without a copy would change with the
 * caller's array, and give that memory back on one of TensorFlow's threads, where JavaScript can't take it.
 */
function copyNode(builder: GraphBuilder, ref: string, dtype: DtypeName): string {
  return builder.node('DeepCopy', { name: 'copy', inputs: [ref], attrs: { T: attrType(dtype) }, device: CPU });
}

function readNode(builder: GraphBuilder, handle: string, dtype: StateSpec['dtype']): string {
  return builder.node('ReadVariableOp', { name: 'read', inputs: [handle], attrs: { dtype: attrType(dtype) } });
}

function assignNode(
  builder: GraphBuilder,
  { handle, dtype }: { handle: string; dtype: StateSpec['dtype'] },
  { ref, control }: { ref: string; control: string[] },
): string {
  const value = cast(builder, ref, { from: dtype === 'int32' ? 'int32' : 'float32', to: dtype });
  return builder.node('AssignVariableOp', {
    name: 'assign',
    inputs: [handle, value],
    control,
    attrs: { dtype: attrType(dtype) },
  });
}

interface Conversion {
  from: StateSpec['dtype'];
  to: StateSpec['dtype'];
}

/** A conversion between state and value; none where the types are the same. */
function cast(builder: GraphBuilder, ref: string, { from, to }: Conversion): string {
  if (from === to) return ref;
  return builder.node('Cast', {
    name: 'cast',
    inputs: [ref],
    attrs: { SrcT: attrType(from), DstT: attrType(to), Truncate: { b: false } },
  });
}

/** A value to fetch that is there once `control` has run. */
function doneNode(builder: GraphBuilder, control: string[]): string {
  return builder.constant(Uint8Array.of(1), [], { name: 'done', control });
}

interface MethodGraphOptions {
  builder: GraphBuilder;
  backend: NodeBackend;
  spec: ProgramSpec;
  state: Record<string, StateNodes>;
  pipelines: Record<string, GraphPipeline>;
  devices: GraphOptions['devices'];
}

/** The sub-graph of one method. */
class MethodGraph {
  readonly #options: MethodGraphOptions;
  readonly #reads = new Map<string, string>();

  constructor(options: MethodGraphOptions) {
    this.#options = options;
  }

  build(name: string, method: MethodSpec): MethodNodes {
    const { builder, backend, devices } = this.#options;
    const refs: Record<string, string> = {};
    const inputs: Record<string, RecordInput> = {};
    for (const [state, spec] of Object.entries(this.#options.spec.state)) {
      inputs[`state:${state}`] = {
        ref: this.#read(state, spec),
        shape: spec.shape,
        dtype: spec.dtype === 'int32' ? 'int32' : 'float32',
      };
    }
    for (const [feed, { shape, dtype }] of Object.entries(method.feeds ?? {})) {
      const ref = builder.placeholder(`feed/${feed}`, dtype, shape);
      refs[feed] = `${ref}:0`;
      inputs[`feed:${feed}`] = { ref: copyNode(builder, ref, dtype), shape, dtype };
    }
    for (const [feed, input] of this.#pipelineInputs(method)) inputs[`feed:${feed}`] = input;

    const xlaScope = `${this.#options.spec.name}/${name}`;
    const results = record({ backend, builder, xlaScope, devices }, inputs, (tensors) => {
      const { outputs = {}, state = {} } = method.run(withPrefix(tensors, 'state:'), withPrefix(tensors, 'feed:'));
      return { ...rename(outputs, 'output:'), ...rename(state, 'state:') };
    });
    return { refs, outputs: this.#outputs(results), ...this.#assignments(results) };
  }

  #pipelineInputs(method: MethodSpec): [string, RecordInput][] {
    if (method.pipeline === undefined) return [];
    const { outputs } = this.#options.spec.pipelines![method.pipeline]!;
    const { next } = this.#options.pipelines[method.pipeline]!;
    return Object.entries(outputs).map(([name, { shape, dtype }]) => [name, { ref: next[name]!, shape, dtype }]);
  }

  #outputs(results: Record<string, RecordInput>): Record<string, string> {
    const { builder } = this.#options;
    return Object.fromEntries(
      Object.entries(withPrefix(results, 'output:')).map(([name, { ref, dtype }]) => [
        name,
        `${builder.node('Identity', { name: `output/${name}`, inputs: [ref], attrs: { T: attrType(dtype) } })}:0`,
      ]),
    );
  }

  /** New values take the old ones' place only after those were read. */
  #assignments(results: Record<string, RecordInput>): { done?: string } {
    const { builder, spec, state } = this.#options;
    const assigns = Object.entries(withPrefix(results, 'state:')).map(([name, { ref, shape, dtype }]) => {
      try {
        checkNewState(spec, name, { shape, dtype });
      } catch (error) {
        throw new RecordingError((error as Error).message);
      }
      const target = spec.state[name]!;
      return assignNode(
        builder,
        { handle: state[name]!.handle, dtype: target.dtype },
        { ref, control: [this.#reads.get(name)!] },
      );
    });
    return assigns.length === 0 ? {} : { done: `${doneNode(builder, assigns)}:0` };
  }

  #read(name: string, { dtype }: StateSpec): string {
    const { builder, state } = this.#options;
    const read = readNode(builder, state[name]!.handle, dtype);
    this.#reads.set(name, read);
    return cast(builder, read, { from: dtype, to: dtype === 'int32' ? 'int32' : 'float32' });
  }
}

function withPrefix<T>(record: Record<string, T>, prefix: string): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}

function rename(tensors: Record<string, tf.Tensor>, prefix: string): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([key, value]) => [prefix + key, value]));
}
