import protobuf from 'protobufjs';

/**
 * The part of TensorFlow's protocol buffers that a SavedModel of recorded programs needs. Field numbers from
 * tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape,function,op_def,versions}.proto and
 * tensorflow/core/protobuf/{saved_model,meta_graph,saver}.proto and tensorflow/core/framework/variable.proto (TensorFlow 2.21, Apache-2.0).
 */
const SCHEMA = `
syntax = "proto3";
message Dim { int64 size = 1; }
message Shape { repeated Dim dim = 2; bool unknown_rank = 3; }
message TensorProto {
  int32 dtype = 1; Shape tensor_shape = 2; bytes tensor_content = 4; repeated bytes string_val = 8;
}
message ListValue {
  repeated bytes s = 2; repeated int64 i = 3; repeated float f = 4; repeated bool b = 5; repeated int32 type = 6;
  repeated Shape shape = 7; repeated NameAttrList func = 9;
}
message NameAttrList { string name = 1; map<string, AttrValue> attr = 2; }
message AttrValue {
  oneof value {
    bytes s = 2; int64 i = 3; float f = 4; bool b = 5; int32 type = 6; Shape shape = 7; TensorProto tensor = 8;
    ListValue list = 1; NameAttrList func = 10;
  }
}
message NodeDef {
  string name = 1; string op = 2; repeated string input = 3; string device = 4; map<string, AttrValue> attr = 5;
}
message ArgDef { string name = 1; int32 type = 3; }
message OpDef { string name = 1; repeated ArgDef input_arg = 2; repeated ArgDef output_arg = 3; }
message FunctionDef { OpDef signature = 1; repeated NodeDef node_def = 3; map<string, string> ret = 4; }
message FunctionDefLibrary { repeated FunctionDef function = 1; }
message VersionDef { int32 producer = 1; int32 min_consumer = 2; }
message GraphDef { repeated NodeDef node = 1; FunctionDefLibrary library = 2; VersionDef versions = 4; }
message MetaInfoDef { string meta_graph_version = 1; repeated string tags = 4; string tensorflow_version = 5; }
message BytesList { repeated bytes value = 1; }
message CollectionDef { BytesList bytes_list = 2; }
message VariableDef {
  string variable_name = 1; string initializer_name = 2; string snapshot_name = 3; bool is_resource = 5;
  string initial_value_name = 6; bool trainable = 7;
}
message SaverDef {
  string filename_tensor_name = 1; string save_tensor_name = 2; string restore_op_name = 3; int32 version = 7;
}
message TensorInfo { string name = 1; int32 dtype = 2; Shape tensor_shape = 3; }
message SignatureDef { map<string, TensorInfo> inputs = 1; map<string, TensorInfo> outputs = 2; string method_name = 3; }
message MetaGraphDef {
  MetaInfoDef meta_info_def = 1; GraphDef graph_def = 2; SaverDef saver_def = 3;
  map<string, CollectionDef> collection_def = 4; map<string, SignatureDef> signature_def = 5;
}
message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }
`;

const root = protobuf.parse(SCHEMA, { keepCase: true }).root;
const savedModelType = root.lookupType('SavedModel');
const variableType = root.lookupType('VariableDef');

/** Data types by TensorFlow's numbers (types.proto). */
export const DT = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  string: 7,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  resource: 20,
  variant: 21,
  uint64: 23,
} as const;

export type DtypeName = keyof typeof DT;

export interface ShapeProto {
  dim: { size: number }[];
}

export interface TensorProto {
  dtype: number;
  tensor_shape: ShapeProto;
  tensor_content?: Uint8Array;
  string_val?: Uint8Array[];
}

export interface AttrValue {
  s?: Uint8Array;
  i?: number;
  f?: number;
  b?: boolean;
  type?: number;
  shape?: ShapeProto | { unknown_rank: boolean };
  tensor?: TensorProto;
  list?: {
    i?: number[];
    f?: number[];
    b?: boolean[];
    type?: number[];
    shape?: (ShapeProto | { unknown_rank: boolean })[];
    func?: { name: string; attr?: Record<string, AttrValue> }[];
  };
  func?: { name: string; attr?: Record<string, AttrValue> };
}

export interface NodeDef {
  name: string;
  op: string;
  input: string[];
  device?: string;
  attr: Record<string, AttrValue>;
}

export interface FunctionDef {
  signature: {
    name: string;
    input_arg: { name: string; type: number }[];
    output_arg: { name: string; type: number }[];
  };
  node_def: NodeDef[];
  /** Output name to `node:output_arg:index`. */
  ret: Record<string, string>;
}

export interface GraphDef {
  node: NodeDef[];
  library: { function: FunctionDef[] };
  versions: { producer: number };
}

export function shapeProto(shape: readonly number[]): ShapeProto {
  return { dim: shape.map((size) => ({ size })) };
}

/** What a SavedModel says beside its graph, so that others can load its variables and call it. */
export interface MetaGraph {
  /** Names of the tensor that takes the files' prefix, of the one that saves, and of the node that restores. */
  saver: { filename_tensor_name: string; save_tensor_name: string; restore_op_name: string };
  variables: {
    /** `name:0` of the handle, and of the first value. */
    variable_name: string;
    initial_value_name: string;
    /** Name of the node that assigns the first value. */
    initializer_name: string;
    /** `name:0` of the value read. */
    snapshot_name: string;
  }[];
  signature: { inputs: Record<string, TensorInfo>; outputs: Record<string, TensorInfo> };
}

export interface TensorInfo {
  /** `name:0` */
  name: string;
  /** One of DT. */
  dtype: number;
  tensor_shape: ShapeProto;
}

/** SaverDef.V2: the checkpoints that SaveV2 writes. */
const SAVER_V2 = 2;

/** Serialises a graph as the SavedModel that TensorFlow's loader reads (tag "serve"). */
export function encodeSavedModel(graph: GraphDef, meta?: MetaGraph): Uint8Array {
  const message = {
    saved_model_schema_version: 1,
    meta_graphs: [{ meta_info_def: { tags: ['serve'] }, graph_def: graph, ...(meta ? served(meta) : {}) }],
  };
  return savedModelType.encode(message).finish();
}

function served({ saver, variables, signature }: MetaGraph): object {
  const definitions = variables.map((variable) =>
    variableType.encode({ ...variable, is_resource: true, trainable: true }).finish(),
  );
  return {
    saver_def: { ...saver, version: SAVER_V2 },
    collection_def: { variables: { bytes_list: { value: definitions } } },
    signature_def: { serving_default: { ...signature, method_name: 'tensorflow/serving/predict' } },
  };
}
