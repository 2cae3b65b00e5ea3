import {
  DT,
  shapeProto,
  type AttrValue,
  type DtypeName,
  type FunctionDef,
  type GraphDef,
  type NodeDef,
} from './proto.ts';

/** One output of a node: `name` or `name:index`, as a GraphDef spells an input. */
export type OutputRef = string;

export interface NodeOptions {
  name?: string;
  inputs?: OutputRef[];
  /** Names of nodes that must have run before. */
  control?: string[];
  attrs?: Record<string, AttrValue>;
  device?: string;
}

/** GraphDef's version for the ops used here: TensorFlow 2.x accepts any producer up to its own. */
const PRODUCER = 1882;

/**
 * Builds a GraphDef node by node. Names are given in order of creation, so that the same sequence of calls gives the
 * same bytes. Also used for the bodies of functions (tf.data's map), where inputs are spelled `node:arg:index`.
 */
export class GraphBuilder {
  readonly nodes: NodeDef[] = [];
  readonly #functions: FunctionDef[] = [];
  readonly #names = new Set<string>();
  /** The next number to try for a name that is taken. */
  readonly #next = new Map<string, number>();
  #prefix: string;

  constructor(prefix = '') {
    this.#prefix = prefix;
  }

  /** Adds a node and returns its name. */
  node(op: string, options: NodeOptions = {}): string {
    const name = this.#unique(options.name ?? op);
    const input = [...(options.inputs ?? []), ...(options.control ?? []).map((n) => `^${n}`)];
    this.nodes.push({ name, op, input, device: options.device ?? '', attr: options.attrs ?? {} });
    return name;
  }

  placeholder(name: string, dtype: DtypeName, shape: readonly number[] | null): string {
    const shapeAttr = shape === null ? { unknown_rank: true } : shapeProto(shape);
    return this.node('Placeholder', { name, attrs: { dtype: attrType(dtype), shape: { shape: shapeAttr } } });
  }

  /** A constant of int32, float32, float64, int64 (BigInt64Array) or bool (Uint8Array) values. */
  constant(
    values: Int32Array | Float32Array | Float64Array | BigInt64Array | Uint8Array,
    shape: readonly number[],
    options: NodeOptions = {},
  ): string {
    const dtype: DtypeName =
      values instanceof Int32Array
        ? 'int32'
        : values instanceof Float32Array
          ? 'float32'
          : values instanceof Float64Array
            ? 'float64'
            : values instanceof BigInt64Array
              ? 'int64'
              : 'bool';
    const content = new Uint8Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength));
    return this.node('Const', {
      name: 'const',
      ...options,
      attrs: {
        dtype: attrType(dtype),
        value: { tensor: { dtype: DT[dtype], tensor_shape: shapeProto(shape), tensor_content: content } },
      },
    });
  }

  addFunction(definition: FunctionDef): void {
    this.#functions.push(definition);
  }

  /** Runs `build` with `prefix/` before every name. */
  scope<T>(prefix: string, build: () => T): T {
    const outer = this.#prefix;
    this.#prefix = `${outer}${prefix}/`;
    try {
      return build();
    } finally {
      this.#prefix = outer;
    }
  }

  /** Puts other nodes in the place of those from number `first` on; new names must be unlike any that is given here. */
  rewrite(first: number, change: (nodes: readonly NodeDef[]) => NodeDef[]): void {
    for (const node of change(this.nodes.splice(first))) this.nodes.push(node);
  }

  graphDef(): GraphDef {
    return { node: this.nodes, library: { function: this.#functions }, versions: { producer: PRODUCER } };
  }

  #unique(base: string): string {
    const stem = this.#prefix + base;
    let name = stem;
    let i = this.#next.get(stem) ?? 1;
    for (; this.#names.has(name); i++) name = `${stem}_${i}`;
    this.#next.set(stem, i);
    this.#names.add(name);
    return name;
  }
}

export function attrType(dtype: DtypeName): AttrValue {
  return { type: DT[dtype] };
}

export function attrString(text: string): AttrValue {
  return { s: new TextEncoder().encode(text) };
}
