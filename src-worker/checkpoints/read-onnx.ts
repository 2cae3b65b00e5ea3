import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import protobuf from 'protobufjs';
import { AppError } from '../../src-shared/errors.ts';
import type { Attribute, OnnxNode } from '../../src-shared/onnx/model.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { openFile } from './file-access.ts';

/** The part of onnx.proto (ONNX 1.12, Apache-2.0) that exports use. */
const SCHEMA = `
syntax = "proto3";
message Entry { string key = 1; string value = 2; }
message TensorProto {
  repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; repeated Entry external_data = 13;
  int32 data_location = 14;
}
message AttributeProto { string name = 1; float f = 2; int64 i = 3; repeated int64 ints = 8; int32 type = 20; }
message NodeProto {
  repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
  repeated AttributeProto attribute = 5;
}
message ValueInfo { string name = 1; }
message GraphProto {
  repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5; repeated ValueInfo input = 11;
  repeated ValueInfo output = 12;
}
message OperatorSet { string domain = 1; int64 version = 2; }
message ModelProto { int64 ir_version = 1; GraphProto graph = 7; repeated OperatorSet opset_import = 8; repeated Entry metadata_props = 14; }
`;

const modelType = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('ModelProto');

interface Proto {
  graph: {
    node: { input: string[]; output: string[]; name: string; op_type: string; attribute: AttributeProto[] }[];
    initializer: TensorProto[];
    input: { name: string }[];
    output: { name: string }[];
  };
  opset_import: { version: number }[];
  metadata_props: { key: string; value: string }[];
}

interface AttributeProto {
  name: string;
  f: number;
  i: number;
  ints: number[];
  type: number;
}

interface TensorProto {
  dims: number[];
  data_type: number;
  name: string;
  raw_data: Uint8Array;
  external_data: { key: string; value: string }[];
  data_location: number;
}

const INT64 = 7;
const EXTERNAL = 1;
const FLOAT_ATTRIBUTE = 1;
const INTS_ATTRIBUTE = 7;

export interface ReadOnnx {
  nodes: OnnxNode[];
  /** Float32 or int64, by name; read when asked for. */
  initializers: ReadonlyMap<string, { shape: number[]; read: () => Promise<Float32Array | number[]> }>;
  inputs: string[];
  outputs: string[];
  opset: number;
  metadata: Record<string, string>;
}

/**
 * Reads back an ONNX file that `exportOnnx` wrote, with the file of weights beside it.
 * @throws AppError bad_file for bytes that are not such a file
 */
export async function readOnnx(path: string): Promise<ReadOnnx> {
  const bytes = await readFile(path);
  let proto: Proto;
  try {
    proto = modelType.toObject(modelType.decode(bytes), { arrays: true, defaults: true, longs: Number }) as Proto;
  } catch (cause) {
    throw new AppError('bad_file', `${path} is not an ONNX model: ${(cause as Error).message}.`, { cause });
  }
  const { graph, opset_import, metadata_props } = proto;
  return {
    nodes: graph.node.map(({ name, op_type, input, output, attribute }) => ({
      name,
      op: op_type,
      inputs: input,
      outputs: output,
      attributes: Object.fromEntries(attribute.map((a) => [a.name, attributeOf(a)])),
    })),
    initializers: new Map(
      graph.initializer.map((tensor) => [
        tensor.name,
        { shape: tensor.dims, read: async () => numbersOf(tensor, await bytesOf(tensor, path), path) },
      ]),
    ),
    inputs: graph.input.map(({ name }) => name),
    outputs: graph.output.map(({ name }) => name),
    opset: opset_import[0]?.version ?? 0,
    metadata: Object.fromEntries(metadata_props.map(({ key, value }) => [key, value])),
  };
}

function attributeOf({ type, f, i, ints }: AttributeProto): Attribute {
  if (type === FLOAT_ATTRIBUTE) return { float: f };
  return type === INTS_ATTRIBUTE ? { ints } : { int: i };
}

async function bytesOf(tensor: TensorProto, path: string): Promise<Uint8Array> {
  if (tensor.data_location !== EXTERNAL) return tensor.raw_data;
  const { location, offset, length } = Object.fromEntries(tensor.external_data.map(({ key, value }) => [key, value]));
  const beside = join(dirname(path), location ?? '');
  const file = await openFile(beside, (reason) => new AppError('bad_file', `${beside}: ${reason}`));
  try {
    const bytes = new Uint8Array(Number(length));
    await file.readInto(bytes, Number(offset));
    return bytes;
  } finally {
    await file.close();
  }
}

function numbersOf({ name, dims, data_type }: TensorProto, bytes: Uint8Array, path: string): Float32Array | number[] {
  const width = data_type === INT64 ? 8 : 4;
  if (bytes.byteLength !== width * sizeOfShape(dims)) {
    throw new AppError('bad_file', `${path}, tensor "${name}": ${bytes.byteLength} bytes for [${dims.join(', ')}].`);
  }
  const { buffer } = new Uint8Array(bytes); // a copy that begins where numbers may; slice of a Buffer is none
  return data_type === INT64 ? Array.from(new BigInt64Array(buffer), Number) : new Float32Array(buffer);
}
