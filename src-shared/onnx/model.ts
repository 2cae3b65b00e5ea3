import { sizeOfShape } from '../models/params.ts';
import { bytesField, floatField, intField, joined, lengthPrefix } from './wire.ts';

/** A node's attribute by its type. */
export type Attribute = { int: number } | { float: number } | { ints: readonly number[] };

export interface OnnxNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface Initializer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** An input or output of the graph, float32; a name stands for a dimension that may be any. */
export interface ValueInfo {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

export interface OnnxModel {
  readonly name: string;
  /** Said in the file to whoever looks. */
  readonly description: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly Initializer[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** LayerNormalization came with 17. */
export const OPSET = 17;
/** The version of the file format that came with opset 17 (ONNX 1.12). */
const IR_VERSION = 8;

const FLOAT = 1;
const INT64 = 7;
const EXTERNAL = 1;
const ATTRIBUTE = { float: 1, int: 2, ints: 7 } as const;

/** Where a tensor's bytes lie outside of the file. */
export interface ExternalData {
  /** Of the file that holds them, beside the model. */
  readonly location: string;
  /** Bytes from its start, by tensor name. */
  readonly offsets: ReadonlyMap<string, number>;
}

/**
 * The bytes of an .onnx file in order, weights as they lie in memory: nothing is copied. Field numbers from onnx.proto
 * (ONNX 1.12, Apache-2.0).
 * @param external tensors that it names are left out of the file
 */
export function* encodeOnnx(model: OnnxModel, external?: ExternalData): Generator<Uint8Array> {
  const graph = joined([
    ...model.nodes.map((node) => bytesField(1, encodeNode(node))),
    bytesField(2, model.name),
    ...model.inputs.map((value) => bytesField(11, encodeValueInfo(value))),
    ...model.outputs.map((value) => bytesField(12, encodeValueInfo(value))),
  ]);
  const tensors = model.initializers.map((tensor) => encodeTensor(tensor, external));
  const graphSize = tensors.reduce((n, { head, raw }) => n + head.byteLength + raw.byteLength, graph.byteLength);
  yield joined([
    intField(1, IR_VERSION),
    bytesField(2, 'vitrine'),
    bytesField(6, model.description),
    bytesField(8, [bytesField(1, ''), intField(2, OPSET)]),
    ...Object.entries(model.metadata).map(([key, value]) => bytesField(14, entry(key, value))),
    lengthPrefix(7, graphSize),
  ]);
  yield graph;
  for (const { head, raw } of tensors) {
    yield head;
    yield raw;
  }
}

/** Bytes of a tensor's numbers, little-endian, as the file has them. */
export function rawBytes({ data }: Initializer): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The field `initializer` of the graph up to its numbers, and these: `head` says the length of both. */
function encodeTensor(tensor: Initializer, external?: ExternalData): { head: Uint8Array; raw: Uint8Array } {
  const { name, shape, data } = tensor;
  if (data.length !== sizeOfShape(shape)) throw new Error(`${name}: ${data.length} numbers for [${shape.join()}]`);
  const known = joined([
    ...shape.map((size) => intField(1, size)),
    intField(2, data instanceof Float32Array ? FLOAT : INT64),
    bytesField(8, name),
  ]);
  const offset = external?.offsets.get(name);
  if (external && offset !== undefined) {
    const place = { location: external.location, offset: `${offset}`, length: `${data.byteLength}` };
    const entries = Object.entries(place).map(([key, value]) => bytesField(13, entry(key, value)));
    return { head: bytesField(5, [known, ...entries, intField(14, EXTERNAL)]), raw: new Uint8Array() };
  }
  const raw = rawBytes(tensor);
  const rawPrefix = lengthPrefix(9, raw.byteLength);
  const size = known.byteLength + rawPrefix.byteLength + raw.byteLength;
  return { head: joined([lengthPrefix(5, size), known, rawPrefix]), raw };
}

function encodeNode({ name, op, inputs, outputs, attributes }: OnnxNode): Uint8Array {
  return joined([
    ...inputs.map((input) => bytesField(1, input)),
    ...outputs.map((output) => bytesField(2, output)),
    bytesField(3, name),
    bytesField(4, op),
    ...Object.entries(attributes).map(([key, value]) => bytesField(5, [bytesField(1, key), encodeAttribute(value)])),
  ]);
}

function encodeAttribute(value: Attribute): Uint8Array {
  if ('int' in value) return joined([intField(3, value.int), intField(20, ATTRIBUTE.int)]);
  if ('float' in value) return joined([floatField(2, value.float), intField(20, ATTRIBUTE.float)]);
  return joined([...value.ints.map((int) => intField(8, int)), intField(20, ATTRIBUTE.ints)]);
}

function encodeValueInfo({ name, shape }: ValueInfo): Uint8Array {
  const dims = shape.map((size) => bytesField(1, typeof size === 'number' ? intField(1, size) : bytesField(2, size)));
  const tensorType = bytesField(1, [intField(1, FLOAT), bytesField(2, dims)]);
  return joined([bytesField(1, name), bytesField(2, tensorType)]);
}

function entry(key: string, value: string): Uint8Array[] {
  return [bytesField(1, key), bytesField(2, value)];
}
