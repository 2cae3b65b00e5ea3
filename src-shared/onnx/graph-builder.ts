import type { Params } from '../models/params.ts';
import type { Attribute, Initializer, OnnxNode } from './model.ts';

export interface NodeOptions {
  /** Of its output; the op's name otherwise. Made unique by a number. */
  name?: string;
  attributes?: Record<string, Attribute>;
}

/** Builds an ONNX graph node by node. The same sequence of calls gives the same names. */
export class OnnxGraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly #params: Params;
  readonly #initializers = new Map<string, Initializer>();
  readonly #names = new Set<string>();

  constructor(params: Params) {
    this.#params = params;
  }

  get initializers(): Initializer[] {
    return [...this.#initializers.values()];
  }

  /** Adds a node with one output and gives its name. */
  node(op: string, inputs: readonly string[], { name = op, attributes = {} }: NodeOptions = {}): string {
    const output = this.#unique(name);
    this.nodes.push({ name: output, op, inputs, outputs: [output], attributes });
    return output;
  }

  has(path: string): boolean {
    return this.#params.has(path);
  }

  /** Shape of a parameter. Throws when the model asks for one that isn't there: a bug, not bad input. */
  shape(path: string): readonly number[] {
    return this.#param(path).shape;
  }

  data(path: string): Float32Array {
    return this.#param(path).data;
  }

  /** A parameter, with as many numbers in another shape where one is given; named by its path. */
  weight(path: string, shape?: readonly number[]): string {
    const { data, shape: own } = this.#param(path);
    return this.tensor(path, { shape: shape ?? own, data });
  }

  /** Numbers of any name, once. */
  tensor(name: string, tensor: Omit<Initializer, 'name'>): string {
    if (!this.#initializers.has(name)) {
      this.#initializers.set(name, { name: this.#unique(name), ...tensor });
    }
    return this.#initializers.get(name)!.name;
  }

  scalar(value: number): string {
    return this.tensor(`constant/${value}`, { shape: [], data: Float32Array.of(value) });
  }

  /** A vector of int64: shapes, axes, bounds. */
  ints(values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.tensor(`constant/[${values.join()}]`, { shape: [values.length], data });
  }

  #param(path: string): { shape: readonly number[]; data: Float32Array } {
    const found = this.#params.get(path);
    if (!found) throw new Error(`parameter ${path} is missing`);
    return found;
  }

  #unique(stem: string): string {
    let name = stem;
    for (let i = 1; this.#names.has(name); i++) name = `${stem}_${i}`;
    this.#names.add(name);
    return name;
  }
}
