import { attrType, type OutputRef } from './graph-builder.ts';
import { DT, type NodeDef, type TensorProto } from './proto.ts';
import { RecordingError } from './recorder.ts';

/**
 * A recording is made for one batch. Where its constants depend on the batch at all they do so as `a · batch + b` (a
 * reshape to [batch · N, D], a token tiled `batch` times), so recordings at two batches tell a and b, and a third tells
 * whether that holds. Large primes: no number of a model is taken for a batch by chance.
 */
export const RECORDED_BATCHES = [10007, 10009, 10037] as const;

/**
 * Nodes that do for any batch what the recordings do for theirs: constants that differ become `a · batch + b`, computed
 * in the graph; everything else must be the same.
 * @param recordings of one method at RECORDED_BATCHES
 * @param batch int32 scalar of the graph that holds the batch
 * @throws RecordingError where they differ in another way
 */
export function forAnyBatch(
  recordings: readonly [readonly NodeDef[], readonly NodeDef[], readonly NodeDef[]],
  batch: OutputRef,
): NodeDef[] {
  const [first, second, third] = recordings;
  if (first.length !== second.length || first.length !== third.length) {
    throw new RecordingError('recordings for different batches have different numbers of nodes');
  }
  const shapesOnly = reshapeShapes(first);
  return first.flatMap((node, i) => {
    const versions: [NodeDef, NodeDef, NodeDef] = [node, second[i]!, third[i]!];
    const [text, ...others] = versions.map(textOf);
    if (others.every((other) => other === text)) return [node];
    return constantForAnyBatch(versions, { batch, isShape: shapesOnly.has(node.name) });
  });
}

/** Names of constants that nothing uses but Reshape, as the shape. */
function reshapeShapes(nodes: readonly NodeDef[]): Set<string> {
  const shapes = new Set(nodes.filter(({ op }) => op === 'Reshape').map(({ input }) => input[1]!));
  for (const { op, input } of nodes) {
    input.forEach((name, i) => {
      if (op !== 'Reshape' || i !== 1) shapes.delete(name);
    });
  }
  return shapes;
}

function constantForAnyBatch(
  versions: readonly [NodeDef, NodeDef, NodeDef],
  { batch, isShape }: { batch: OutputRef; isShape: boolean },
): NodeDef[] {
  const node = versions[0];
  const { scale, offset } = affine(versions);
  const tensor = node.attr['value']!.tensor!;
  const growing = scale.reduce((n, a) => n + (a === 0 ? 0 : 1), 0);
  // The size of a reshape's one unknown dimension follows from the others: simpler, and its shape stays known.
  if (isShape && growing === 1 && !offset.includes(-1)) {
    return [constantNode(node.name, tensor, offset.map((b, i) => (scale[i] === 0 ? b : -1)))]; // prettier-ignore
  }
  const int32 = attrType('int32');
  const [a, b, product] = ['scale', 'offset', 'product'].map((role) => `${node.name}/${role}`) as [
    string,
    string,
    string,
  ];
  return [
    constantNode(a, tensor, scale),
    constantNode(b, tensor, offset),
    { name: product, op: 'Mul', input: [a, batch], attr: { T: int32 } },
    { name: node.name, op: 'AddV2', input: [product, b], attr: { T: int32 } },
  ];
}

/** The numbers a and b of each element. */
function affine(versions: readonly [NodeDef, NodeDef, NodeDef]): { scale: Int32Array; offset: Int32Array } {
  const [first, second, third] = versions.map(int32Values) as [Int32Array, Int32Array, Int32Array];
  const [n1, n2, n3] = RECORDED_BATCHES;
  const sameShapes =
    new Set(versions.map(({ attr }) => JSON.stringify(attr['value']!.tensor!.tensor_shape))).size === 1;
  const scale = first.map((value, i) => (second[i]! - value) / (n2 - n1));
  const offset = first.map((value, i) => value - scale[i]! * n1);
  const holds = [first, second, third].every((values, version) =>
    values.every((value, i) => value === scale[i]! * RECORDED_BATCHES[version]! + offset[i]!),
  );
  if (!sameShapes || !holds) {
    throw new RecordingError(
      `a constant (${versions[0].name}) depends on the batch ${n1}, ${n2}, ${n3} in a way that can't be told`,
    );
  }
  return { scale, offset };
}

/** @throws RecordingError for a node that is not a vector of int32 or differs in more than its values */
function int32Values(node: NodeDef): Int32Array {
  const tensor = node.attr['value']?.tensor;
  if (node.op !== 'Const' || tensor?.dtype !== DT.int32 || !tensor.tensor_content) {
    throw new RecordingError(`node ${node.name} (${node.op}) depends on the batch; only int32 constants may`);
  }
  return new Int32Array(tensor.tensor_content.slice().buffer);
}

function constantNode(name: string, like: TensorProto, values: Int32Array): NodeDef {
  const tensor = { ...like, tensor_content: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
  return { name, op: 'Const', input: [], attr: { dtype: attrType('int32'), value: { tensor } } };
}

function textOf(node: NodeDef): string {
  return JSON.stringify(node, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
}
