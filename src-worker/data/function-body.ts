import { attrType, GraphBuilder } from '../engine/graph/graph-builder.ts';
import { DT, type AttrValue, type DtypeName, type FunctionDef } from '../engine/graph/proto.ts';

/** The nodes of a TensorFlow function; there an input is spelled `node:output_arg:index`. */
export class FunctionBody {
  readonly #builder = new GraphBuilder();

  get nodes(): FunctionDef['node_def'] {
    return this.#builder.nodes;
  }

  node(op: string, inputs: string[], attrs: Record<string, AttrValue>): string {
    return this.#builder.node(op, { inputs, attrs });
  }

  /** Adds a node and returns its output called `result`. */
  // eslint-disable-next-line @typescript-eslint/max-params -- reads as the op's own line in the graph
  op(op: string, inputs: string[], attrs: Record<string, AttrValue>, result: string): string {
    return `${this.node(op, inputs, attrs)}:${result}:0`;
  }

  constant(values: Int32Array | Float32Array | Float64Array, shape: readonly number[]): string {
    return `${this.#builder.constant(values, shape)}:output:0`;
  }

  ints(values: number[], shape: readonly number[] = [values.length]): string {
    return this.constant(Int32Array.from(values), shape);
  }

  int(value: number): string {
    return this.ints([value], []);
  }

  flags(values: boolean[]): string {
    return `${this.#builder.constant(Uint8Array.from(values, Number), [values.length])}:output:0`;
  }

  text(bytes: Uint8Array): string {
    const tensor = { dtype: DT.string, tensor_shape: { dim: [] }, string_val: [bytes] };
    return this.op('Const', [], { dtype: attrType('string'), value: { tensor } }, 'output');
  }

  float(value: number): string {
    return this.constant(Float32Array.of(value), []);
  }

  double(value: number): string {
    return this.constant(Float64Array.of(value), []);
  }

  cast(x: string, from: DtypeName, to: DtypeName): string {
    return this.op('Cast', [x], { SrcT: attrType(from), DstT: attrType(to) }, 'y');
  }

  /** Joins along the first axis. */
  joined(parts: string[], dtype: DtypeName): string {
    const attrs = { N: { i: parts.length }, T: attrType(dtype), Tidx: attrType('int32') };
    return this.op('ConcatV2', [...parts, this.int(0)], attrs, 'output');
  }

  slice(x: string, { begin, size, dtype }: { begin: string; size: string; dtype: DtypeName }): string {
    return this.op('Slice', [x, begin, size], { T: attrType(dtype), Index: attrType('int32') }, 'output');
  }

  reshape(x: string, shape: string, dtype: DtypeName): string {
    return this.op('Reshape', [x, shape], { T: attrType(dtype), Tshape: attrType('int32') }, 'output');
  }

  /** Element by element, of two values of one type. */
  math(dtype: DtypeName): Arithmetic {
    const binary =
      (op: string) =>
      (x: string, y: string): string =>
        this.op(op, [x, y], { T: attrType(dtype) }, 'z');
    return {
      add: binary('AddV2'),
      sub: binary('Sub'),
      mul: binary('Mul'),
      div: binary('RealDiv'),
      max: binary('Maximum'),
      min: binary('Minimum'),
      less: binary('Less'),
    };
  }
}

type Binary = (x: string, y: string) => string;
type Arithmetic = Readonly<Record<'add' | 'sub' | 'mul' | 'div' | 'max' | 'min' | 'less', Binary>>;
