import { attrType } from './graph-builder.ts';
import { DT, type AttrValue, type NodeDef } from './proto.ts';

/** The inputs of each kind of product that are factors; what else it takes are sizes. */
const FACTORS: Readonly<Record<string, readonly number[]>> = {
  MatMul: [0, 1],
  BatchMatMulV2: [0, 1],
  Conv2D: [0, 1],
  Conv2DBackpropInput: [1, 2],
  Conv2DBackpropFilter: [0, 2],
};

/** Ops that only move numbers: the same numbers come out whether they are rounded before or after. */
const MOVES = new Set(['Reshape', 'Transpose', 'Identity']);

/**
 * Mixed precision of a recorded method: float32 matrix products and convolutions, their gradients among them, take
 * bfloat16 factors and give bfloat16, which becomes float32 again. Everything else stays as it is. A tensor is rounded
 * once for all products that share it; a product's own result, moved or not, is not made float32 in between, which is
 * exact, as every bfloat16 is a float32.
 * @param nodes of one method, each after those it takes
 * @param prefix before the names of new nodes
 */
export function bfloat16Products(nodes: readonly NodeDef[], prefix: string): NodeDef[] {
  return new Rewriting(nodes, prefix).run();
}

class Rewriting {
  readonly #nodes: readonly NodeDef[];
  readonly #prefix: string;
  readonly #byName: ReadonlyMap<string, NodeDef>;
  readonly #out: NodeDef[] = [];
  /** The bfloat16 of what a node gives, by device and reference. */
  readonly #rounded = new Map<string, string>();
  /** What products give before it is float32 again, by the product's name. */
  readonly #products = new Map<string, string>();

  constructor(nodes: readonly NodeDef[], prefix: string) {
    this.#nodes = nodes;
    this.#prefix = prefix;
    this.#byName = new Map(nodes.map((node) => [node.name, node]));
  }

  run(): NodeDef[] {
    for (const node of this.#nodes) {
      const factors = node.attr['T']?.type === DT.float32 ? FACTORS[node.op] : undefined;
      if (factors) this.#product(node, factors);
      else this.#out.push(node);
    }
    return this.#out;
  }

  /** The float32 result keeps the product's name, so that nothing that takes it changes. */
  #product(node: NodeDef, factors: readonly number[]): void {
    const input = node.input.map((ref, i) => (factors.includes(i) ? this.#round(ref, node) : ref));
    const name = this.#name(node.name);
    this.#out.push({ ...node, name, input, attr: { ...node.attr, T: attrType('bfloat16') } });
    this.#products.set(node.name, name);
    this.#cast({ name: node.name, ref: name, from: 'bfloat16', to: 'float32' }, node);
  }

  #round(ref: string, user: NodeDef): string {
    const product = this.#products.get(ref);
    if (product !== undefined) return product;
    const key = `${user.device ?? ''}|${ref}`;
    const known = this.#rounded.get(key);
    if (known !== undefined) return known;
    const name = this.#name(`${ref.replace(':', '_')}${user.device ? `/${this.#rounded.size}` : ''}`);
    const source = this.#byName.get(ref);
    if (source && MOVES.has(source.op) && this.#isProduct(source.input[0]!)) {
      const input = [this.#round(source.input[0]!, user), ...source.input.slice(1)];
      this.#out.push({ ...source, name, input, attr: { ...source.attr, T: attrType('bfloat16') } });
    } else {
      this.#cast({ name, ref, from: 'float32', to: 'bfloat16' }, user);
    }
    this.#rounded.set(key, name);
    return name;
  }

  /** Whether it is a product's result, perhaps moved. */
  #isProduct(ref: string): boolean {
    if (this.#products.has(ref)) return true;
    const source = this.#byName.get(ref);
    return source !== undefined && MOVES.has(source.op) && this.#isProduct(source.input[0]!);
  }

  #cast(
    { name, ref, from, to }: { name: string; ref: string; from: 'float32' | 'bfloat16'; to: 'float32' | 'bfloat16' },
    like: NodeDef,
  ): void {
    const attr: Record<string, AttrValue> = {
      SrcT: attrType(from),
      DstT: attrType(to),
      Truncate: { b: false },
      ...compilation(like.attr),
    };
    this.#out.push({ name, op: 'Cast', input: [ref], device: like.device ?? '', attr });
  }

  #name(name: string): string {
    return `${this.#prefix}/${name}`;
  }
}

/** What says with which others a node is compiled. */
function compilation(attr: NodeDef['attr']): NodeDef['attr'] {
  return Object.fromEntries(Object.entries(attr).filter(([name]) => name.startsWith('_')));
}
