import type * as tf from '@tensorflow/tfjs-core';
import type { NodeBackend } from '../node-backend.ts';
import { forAnyBatch, RECORDED_BATCHES } from './any-batch.ts';
import { attrString, attrType, GraphBuilder } from './graph-builder.ts';
import { DT, encodeSavedModel, shapeProto, type MetaGraph, type NodeDef } from './proto.ts';
import { record } from './recorder.ts';
import { addSaver } from './saver.ts';

/** A function to serve: float32 throughout, its first dimension the batch's. */
export interface ServingSpec {
  /** Shapes of the variables, by the name that they are saved under. */
  readonly variables: ReadonlyMap<string, readonly number[]>;
  readonly input: { readonly name: string; /** Without the batch. */ readonly shape: readonly number[] };
  readonly output: string;
  readonly run: (variables: Record<string, tf.Tensor>, input: tf.Tensor) => tf.Tensor;
}

interface Recording {
  /** The variables, the input, and what doesn't depend on the batch. */
  fixed: NodeDef[];
  variables: MetaGraph['variables'];
  saver: MetaGraph['saver'];
  body: NodeDef[];
  /** Without the batch. */
  outputShape: readonly number[];
  builder: GraphBuilder;
}

const BATCH = 'batch';

/**
 * A SavedModel's graph for any batch: variables that the files beside it are restored into, signature
 * `serving_default`. Not marked for XLA: whoever serves it decides.
 * Nodes are named as the input, the output and the variables.
 * @throws RecordingError for a function that can't be recorded or whose graph isn't the same for any batch
 */
export function buildServingGraph(spec: ServingSpec, backend: NodeBackend): Uint8Array {
  const recordings = RECORDED_BATCHES.map((batch) => recordAt(batch, spec, backend)) as [
    Recording,
    Recording,
    Recording,
  ];
  const { fixed, saver, variables, builder, outputShape } = recordings[0];
  const body = forAnyBatch([recordings[0].body, recordings[1].body, recordings[2].body], BATCH);
  const graph = { ...builder.graphDef(), node: [...fixed, ...body.map(unmarked)] };
  const info = (name: string, shape: readonly number[]): MetaGraph['signature']['inputs'] => ({
    [name]: { name: `${name}:0`, dtype: DT.float32, tensor_shape: shapeProto([-1, ...shape]) },
  });
  return encodeSavedModel(graph, {
    saver,
    variables,
    signature: { inputs: info(spec.input.name, spec.input.shape), outputs: info(spec.output, outputShape) },
  });
}

function recordAt(batch: number, { input, output, variables, run }: ServingSpec, backend: NodeBackend): Recording {
  const builder = new GraphBuilder();
  builder.placeholder(input.name, 'float32', [-1, ...input.shape]);
  batchNode(builder, input.name);
  const saved = [...variables].map(([name, shape]) => ({
    name,
    handle: name,
    read: variableNodes(builder, name, shape),
  }));
  const saver = addSaver(builder, saved);
  const fixed = builder.nodes.length;

  const inputs = [...variables].map(
    ([name, shape], i) => [name, { ref: saved[i]!.read, shape, dtype: 'float32' }] as const,
  );
  const results = builder.scope('model', () =>
    record(
      { backend, builder, xlaScope: 'serving' },
      {
        ...Object.fromEntries(inputs.map(([name, value]) => [`variable:${name}`, value])),
        input: { ref: input.name, shape: [batch, ...input.shape], dtype: 'float32' },
      },
      ({ input: images, ...rest }) => {
        const tensors = Object.fromEntries(Object.entries(rest).map(([k, v]) => [k.slice('variable:'.length), v]));
        return { result: run(tensors, images!) };
      },
    ),
  );
  const { ref, shape } = results['result']!;
  builder.node('Identity', { name: output, inputs: [ref], attrs: { T: attrType('float32') } });
  return {
    fixed: builder.nodes.slice(0, fixed),
    body: builder.nodes.slice(fixed),
    outputShape: shape.slice(1),
    variables: saved.map(({ name }) => variableDefinition(name)),
    saver,
    builder,
  };
}

/** int32 scalar: how many came. */
function batchNode(builder: GraphBuilder, input: string): void {
  const bound = (value: number): string => builder.constant(Int32Array.of(value), [1], { name: `${BATCH}/bound` });
  const shape = builder.node('Shape', {
    name: `${BATCH}/shape`,
    inputs: [input],
    attrs: { T: attrType('float32'), out_type: attrType('int32') },
  });
  builder.node('StridedSlice', {
    name: BATCH,
    inputs: [shape, bound(0), bound(1), bound(1)],
    attrs: {
      T: attrType('int32'),
      Index: attrType('int32'),
      shrink_axis_mask: { i: 1 },
      ...Object.fromEntries(
        ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask'].map((name) => [name, { i: 0 }]),
      ),
    },
  });
}

/** A variable with the nodes that TensorFlow's Python finds by their names; returns that of its value. */
function variableNodes(builder: GraphBuilder, name: string, shape: readonly number[]): string {
  const float32 = attrType('float32');
  const handle = builder.node('VarHandleOp', {
    name,
    attrs: {
      dtype: float32,
      shape: { shape: shapeProto(shape) },
      shared_name: attrString(name),
      container: attrString(''),
    },
  });
  const dims = builder.constant(Int32Array.from(shape), [shape.length], { name: `${name}/zeros/shape` });
  const zeros = builder.node('Fill', {
    name: `${name}/zeros`,
    inputs: [dims, builder.constant(new Float32Array(1), [], { name: `${name}/zeros/value` })],
    attrs: { T: float32, index_type: attrType('int32') },
  });
  builder.node('AssignVariableOp', { name: `${name}/Assign`, inputs: [handle, zeros], attrs: { dtype: float32 } });
  return builder.node('ReadVariableOp', {
    name: `${name}/Read/ReadVariableOp`,
    inputs: [handle],
    attrs: { dtype: float32 },
  });
}

function variableDefinition(name: string): MetaGraph['variables'][number] {
  return {
    variable_name: `${name}:0`,
    initial_value_name: `${name}/zeros:0`,
    initializer_name: `${name}/Assign`,
    snapshot_name: `${name}/Read/ReadVariableOp:0`,
  };
}

/** Without the marks of the recorder's compilation. */
function unmarked(node: NodeDef): NodeDef {
  return { ...node, attr: Object.fromEntries(Object.entries(node.attr).filter(([name]) => !name.startsWith('_'))) };
}
