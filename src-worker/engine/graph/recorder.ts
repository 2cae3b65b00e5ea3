import * as tf from '@tensorflow/tfjs-core';
import { sizeOfShape } from '../../../src-shared/models/params.ts';
import type { TensorMetadata, OpAttr } from '../binding.ts';
import type { NodeBackend } from '../node-backend.ts';
import { currentTower } from '../towers.ts';
import type { GraphBuilder, OutputRef } from './graph-builder.ts';
import { OP_RULES } from './op-shapes.ts';
import type { Attributes, Symbol } from './op-rule.ts';
import { DT, shapeProto, type AttrValue } from './proto.ts';

/** Constants above this are almost surely data caught by accident: they must be state or feeds. */
const MAX_CONSTANT_ELEMENTS = 65_536;
/** Constants of one repeated number (tfjs's gradients multiply by ones) are written as Fill from this size on. */
const MIN_FILL_ELEMENTS = 16;
/**
 * Ids of recorded tensors: far from the binding's own, and never used twice, so that a tensor that outlives its
 * recording is not taken for one of the next.
 */
let nextId = 1_000_000_000;

/**
 * TensorFlow's graph optimizer would merge additions into nodes of its own that aren't marked for XLA, and cut a step
 * into many small programs (52 for a ViT of 12 blocks). It leaves alone what bears these tags of its passes.
 */
const DONE_BY_GRAPPLER = [
  '_grappler_ArithmeticOptimizer_AddOpsRewriteStage',
  '_grappler_ArithmeticOptimizer_MinimizeBroadcasts',
];

/** Ops that draw other numbers under XLA than without: they run as TensorFlow's own kernels before the compiled part. */
const NOT_COMPILED = new Set(['Bitcast', 'StatelessRandomUniformV2']);

interface RecordedTensor extends Symbol {
  readonly ref: OutputRef;
}

/** What went wrong while recording, with the op's name: a bug in a method, not in a user's input. */
export class RecordingError extends Error {
  override name = 'RecordingError';
}

/**
 * Stands in for the binding while a method runs once: every kernel of tfjs-node ends in `executeOp` or `createTensor`,
 * which become nodes here. Nothing is computed; tensors have shapes and no values.
 */
class Recorder {
  readonly #builder: GraphBuilder;
  readonly #xlaScope: string;
  readonly #devices: readonly string[];
  readonly #tensors = new Map<number, RecordedTensor>();
  readonly #constants = new Map<string, number>();

  constructor({ builder, xlaScope, devices = [] }: RecordOptions) {
    this.#builder = builder;
    this.#xlaScope = xlaScope;
    this.#devices = devices;
  }

  insert(tensor: RecordedTensor): number {
    this.#tensors.set(nextId, tensor);
    return nextId++;
  }

  lookup(id: number): RecordedTensor | undefined {
    return this.#tensors.get(id);
  }

  createTensor(shape: number[], dtype: number, values: Int32Array | Float32Array | Uint8Array | Uint8Array[]): number {
    if (Array.isArray(values)) throw new RecordingError('a string constant was made while recording');
    if (values.length > MIN_FILL_ELEMENTS && isOneNumber(values)) return this.#fill(shape, dtype, values);
    if (sizeOfShape(shape) > MAX_CONSTANT_ELEMENTS) {
      throw new RecordingError(
        `a constant of ${sizeOfShape(shape)} elements was made while recording; make it state or a feed`,
      );
    }
    const key = `${currentTower()?.index ?? ''}|${dtype}|${shape.join()}|${Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('latin1')}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const copy = values.slice();
    const ref = this.#builder.constant(copy, shape);
    this.#compile(ref);
    const id = this.insert({ shape: [...shape], dtype, constant: copy, ref });
    this.#constants.set(key, id);
    return id;
  }

  #fill(shape: number[], dtype: number, values: Int32Array | Float32Array | Uint8Array): number {
    const dims = this.createTensor([shape.length], DT.int32, Int32Array.from(shape));
    const value = this.createTensor([], dtype, values.slice(0, 1));
    const attrs = [
      { name: 'T', type: ATTR.type, value: dtype },
      { name: 'index_type', type: ATTR.type, value: DT.int32 },
    ];
    return this.executeOp('Fill', attrs, [dims, value], 1)[0]!.id;
  }

  // eslint-disable-next-line @typescript-eslint/max-params -- the binding's own signature
  executeOp(op: string, opAttrs: OpAttr[], inputIds: number[], numOutputs: number): TensorMetadata[] {
    const rule = OP_RULES[op];
    if (!rule) throw new RecordingError(`op ${op} is not on the list of ops that may be recorded`);
    const inputs = inputIds.map((id) => this.#tensors.get(id)!);
    const attrs: Attributes = Object.fromEntries(opAttrs.map((a) => [a.name, a.value]));
    const results = this.#shapes(op, () => rule.outputs(inputs, attrs));
    const node = this.#builder.node(op, {
      inputs: inputs.map((t) => t.ref),
      attrs: Object.fromEntries(opAttrs.map((a) => [a.name, encodeAttr(a)])),
    });
    if (NOT_COMPILED.has(op)) this.#place();
    else this.#compile(node);
    return results.slice(0, numOutputs).map((result, index) => {
      const dtype = result.dtype ?? inputs[0]!.dtype;
      const ref = index === 0 ? node : `${node}:${index}`;
      return { id: this.insert({ shape: result.shape, dtype, ref }), shape: [...result.shape], dtype };
    });
  }

  tensorDataSync(id: number): Int32Array | Float32Array | Uint8Array {
    const constant = this.#tensors.get(id)?.constant;
    if (!constant) throw new RecordingError('a value was read while recording: it would be baked into the program');
    return constant.slice();
  }

  deleteTensor(): void {
    // Recorded tensors live as long as the recording.
  }

  /** Has XLA compile the node with the others of its scope. */
  #compile(name: string): void {
    const node = this.#builder.nodes.at(-1)!;
    if (node.name !== name) throw new Error('only the newest node can be marked');
    node.attr['_XlaCompile'] = { b: true };
    const tower = currentTower();
    const scope = tower ? `${this.#xlaScope}/tower${tower.index}` : this.#xlaScope;
    node.attr['_XlaScope'] = { s: new TextEncoder().encode(scope) };
    node.attr['_XlaSeparateCompiledGradients'] = { b: false };
    for (const tag of DONE_BY_GRAPPLER) node.attr[tag] = { b: true };
    this.#place();
  }

  /** Puts the newest node on the device of the tower that is recorded. */
  #place(): void {
    const device = this.#devices[currentTower()?.index ?? -1];
    if (device !== undefined) this.#builder.nodes.at(-1)!.device = device;
  }

  #shapes<T>(op: string, rule: () => T): T {
    try {
      return rule();
    } catch (error) {
      throw new RecordingError(`op ${op} can't be recorded: ${(error as Error).message}`, { cause: error });
    }
  }
}

export interface RecordOptions {
  backend: NodeBackend;
  builder: GraphBuilder;
  /** Nodes of one scope are compiled together. */
  xlaScope: string;
  /** Devices of towers, by their index; TensorFlow's choice for those that it lacks. */
  devices?: readonly string[] | undefined;
}

/** An input of the method being recorded: state read or feed, already a node of the graph. */
export interface RecordInput {
  ref: OutputRef;
  shape: readonly number[];
  dtype: 'float32' | 'int32' | 'bool';
}

/**
 * Runs `method` once with symbolic tensors and adds what it computes to the graph.
 * @returns for each tensor the method gave, its node.
 * @throws RecordingError for an op that isn't on the list, a value read, a tensor made outside that is neither state
 * nor feed, a random number drawn in JavaScript.
 */
export function record(
  options: RecordOptions,
  inputs: Record<string, RecordInput>,
  method: (tensors: Record<string, tf.Tensor>) => Record<string, tf.Tensor>,
): Record<string, RecordInput> {
  const { backend } = options;
  const recorder = new Recorder(options);
  return withRecorder(backend, recorder, () => {
    tf.engine().startScope('record');
    try {
      const tensors: Record<string, tf.Tensor> = {};
      for (const [name, { ref, shape, dtype }] of Object.entries(inputs)) {
        const number = DT[dtype];
        const id = recorder.insert({ shape, dtype: number, ref });
        tensors[name] = backend.createOutputTensor({ id, shape: [...shape], dtype: number });
      }
      const results = method(tensors);
      return Object.fromEntries(
        Object.entries(results).map(([name, tensor]) => {
          const [id] = backend.getInputTensorIds([tensor]);
          const { ref, shape } = recorder.lookup(id!)!;
          return [name, { ref, shape, dtype: tensor.dtype as RecordInput['dtype'] }];
        }),
      );
    } catch (error) {
      forgetTape();
      throw error;
    } finally {
      tf.engine().endScope();
    }
  });
}

/** tfjs keeps what a gradient saved when its function throws. */
function forgetTape(): void {
  const { state } = tf.engine();
  for (const { saved } of state.activeTape ?? []) saved?.forEach((tensor) => tensor.dispose());
  state.activeTape = null as unknown as typeof state.activeTape;
}

/** Puts the recorder in the binding's place for the time of `run`, and refuses everything made outside. */
function withRecorder<T>(backend: NodeBackend, recorder: Recorder, run: () => T): T {
  const made = new WeakSet<object>();
  const { binding } = backend;
  const random = Math.random;
  const move = backend.move.bind(backend);
  const recordingBinding = Object.assign(Object.create(null) as object, constantsOf(binding), {
    createTensor: recorder.createTensor.bind(recorder),
    executeOp: recorder.executeOp.bind(recorder),
    tensorDataSync: recorder.tensorDataSync.bind(recorder),
    deleteTensor: recorder.deleteTensor.bind(recorder),
    isUsingGpuDevice: () => binding.isUsingGpuDevice(),
  });
  backend.binding = recordingBinding as unknown as NodeBackend['binding'];
  // eslint-disable-next-line @typescript-eslint/max-params -- tfjs-node's own signature
  backend.move = (dataId, values, shape, dtype, refCount) => {
    made.add(dataId);
    move(dataId, values, shape, dtype, refCount);
  };
  // A value that was never given to TensorFlow is read without the binding.
  const readSync = backend.readSync.bind(backend);
  backend.readSync = (dataId) => {
    if (backend.tensorMap.get(dataId).values !== null && !made.has(dataId)) {
      throw new RecordingError('a value was read while recording: it would be baked into the program');
    }
    return readSync(dataId);
  };
  backend.getInputTensorIds = (tensors) =>
    tensors.map((tensor) => {
      if (tensor.dataId === undefined) throw new RecordingError('an int64 scalar was used while recording');
      const info = backend.tensorMap.get(tensor.dataId);
      if (info.values !== null) {
        if (!made.has(tensor.dataId)) throw madeOutside(tensor.shape);
        info.id = recorder.createTensor(info.shape, info.dtype, info.values);
        info.values = null;
      }
      if (!recorder.lookup(info.id)) throw madeOutside(tensor.shape);
      return info.id;
    });
  Math.random = () => {
    throw new RecordingError(
      'a random number was drawn in JavaScript while recording; use engine/random.ts with a fed seed',
    );
  };
  try {
    return run();
  } finally {
    Math.random = random;
    backend.binding = binding;
    // The instance's own overrides go; the class's methods show again.
    delete (backend as Partial<NodeBackend>).move;
    delete (backend as Partial<NodeBackend>).readSync;
    delete (backend as Partial<NodeBackend>).getInputTensorIds;
  }
}

/** Whether all elements have the same bits: the bytes equal themselves one element further (memcmp; millions of elements). */
function isOneNumber(values: Int32Array | Float32Array | Uint8Array): boolean {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const width = values.BYTES_PER_ELEMENT;
  return bytes.compare(bytes, width, bytes.length, 0, bytes.length - width) === 0;
}

function madeOutside(shape: readonly number[]): RecordingError {
  return new RecordingError(
    `a tensor of shape [${shape.join()}] made outside the method was used; make it state, a feed, or create it inside`,
  );
}

/** The binding's numbers; they can't be enumerated. */
const BINDING_CONSTANTS = [
  'TF_FLOAT',
  'TF_INT32',
  'TF_INT64',
  'TF_BOOL',
  'TF_COMPLEX64',
  'TF_STRING',
  'TF_RESOURCE',
  'TF_UINT8',
  'TF_ATTR_STRING',
  'TF_ATTR_INT',
  'TF_ATTR_FLOAT',
  'TF_ATTR_BOOL',
  'TF_ATTR_TYPE',
  'TF_ATTR_SHAPE',
  'TF_ATTR_RESOURCE',
] as const;

function constantsOf(binding: NodeBackend['binding']): Record<string, number> {
  return Object.fromEntries(BINDING_CONSTANTS.map((name) => [name, binding[name]]));
}

/** TF_ATTR_* numbers of tensorflow/c/tf_attrtype.h. */
const ATTR = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;

function encodeAttr({ name, type, value }: OpAttr): AttrValue {
  switch (type) {
    case ATTR.string:
      return { s: new TextEncoder().encode(value as string) };
    case ATTR.int:
      return Array.isArray(value) ? { list: { i: value as number[] } } : { i: value as number };
    case ATTR.float:
      return Array.isArray(value) ? { list: { f: value as number[] } } : { f: value as number };
    case ATTR.bool:
      return { b: Boolean(value) };
    case ATTR.type:
      return { type: value as number };
    case ATTR.shape:
      return { shape: shapeProto(value as number[]) };
    default:
      throw new RecordingError(`attribute ${name} has a type that can't be recorded`);
  }
}
