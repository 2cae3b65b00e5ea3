import type { Fail } from '../checkpoints/checkpoint-error.ts';
import type { RandomAccess } from '../checkpoints/random-access.ts';
import { sizeOfShape } from '../models/params.ts';
import { MsgpackCursor } from './msgpack-cursor.ts';
import { itemSizeOfName } from './numpy-name.ts';

/** Bytes of a file. */
export interface Segment {
  readonly offset: number;
  readonly byteLength: number;
}

/** An array of a state that flax wrote, or a Python number. */
export interface StateLeaf {
  /** The keys on the way to it, joined by "/". */
  readonly name: string;
  readonly shape: readonly number[];
  /** numpy's name of the type; `int`, `float`, … for Python's own. */
  readonly dtype: string;
  /** Where its numbers stand, in order: flax cuts arrays of more than 1 GiB in pieces. */
  readonly segments: readonly Segment[];
  /** Of a Python number. */
  readonly value?: number;
}

/** What `failTensor` makes names the leaf. */
export interface StateFails {
  fail: Fail;
  failTensor: (name: string) => Fail;
}

type Leaf = Omit<StateLeaf, 'name'>;
interface Branch {
  children: Map<string, Node>;
}
type Node = Leaf | Branch;

/** flax's extension types. */
const EXT = { array: 1, complex: 2, scalar: 3 } as const;
const CHUNKED = '__msgpack_chunked_array__';
/** More than any model's state by far: a ViT-H/14 with Adam has about 1,200 leaves, 10 deep. */
const MAX_NODES = 20_000;
const MAX_DEPTH = 32;
const MAX_NAME = 1024;
const MAX_DIMENSIONS = 32;

/**
 * Reads the structure of a state that flax.serialization wrote (msgpack), no numbers. In the order of the file.
 * Source: flax/serialization.py
 * @throws what `fails` make: damage, truncation, or more than any state holds
 */
export async function readStateTree(file: RandomAccess, fails: StateFails): Promise<StateLeaf[]> {
  const cursor = new MsgpackCursor(file, fails.fail);
  const root = await new TreeReader(cursor, fails).node([]);
  if (!('children' in root)) throw fails.fail('it is a single value, no state of flax.');
  if (cursor.position !== file.size) {
    throw fails.fail(`${file.size - cursor.position} bytes follow its end: it is damaged or no state of flax.`);
  }
  const leaves: StateLeaf[] = [];
  collect(root, [], (name, leaf) => leaves.push({ name, ...leaf }));
  if (leaves.length === 0) throw fails.fail('it holds no values.');
  const names = new Set<string>();
  for (const { name } of leaves) {
    if (names.has(name)) throw fails.failTensor(name)('it is there twice.');
    names.add(name);
  }
  return leaves;
}

function collect(branch: Branch, path: readonly string[], visit: (name: string, leaf: Leaf) => void): void {
  for (const [key, node] of branch.children) {
    const at = [...path, key];
    if ('children' in node) collect(node, at, visit);
    else visit(at.join('/'), node);
  }
}

class TreeReader {
  readonly #cursor: MsgpackCursor;
  readonly #fails: StateFails;
  #nodes = 0;

  constructor(cursor: MsgpackCursor, fails: StateFails) {
    this.#cursor = cursor;
    this.#fails = fails;
  }

  async node(path: readonly string[]): Promise<Node> {
    if (path.length > MAX_DEPTH) throw this.#fails.fail(`it is nested more than ${MAX_DEPTH} deep.`);
    if (++this.#nodes > MAX_NODES) throw this.#fails.fail(`it holds more than ${MAX_NODES} values.`);
    const token = await this.#cursor.token();
    switch (token.kind) {
      case 'map':
        return this.#map(token.count, path);
      case 'array':
        return this.#list(token.count, path);
      case 'ext':
        return this.#ext(token, path);
      case 'text':
      case 'bytes':
        this.#cursor.skip(token.length);
        return plain(token.kind === 'text' ? 'str' : 'bytes');
      case 'nil':
        return plain('None');
      case 'bool':
        return { ...plain('bool'), value: Number(token.value) };
      default:
        return { ...plain(token.kind), value: token.value };
    }
  }

  async #map(count: number, path: readonly string[]): Promise<Node> {
    const children = new Map<string, Node>();
    for (let i = 0; i < count; i++) {
      const token = await this.#cursor.token();
      if (token.kind !== 'text') throw this.#fails.fail('a key in it is no text: it is no state of flax.');
      const key = await this.#cursor.text(token.length, MAX_NAME);
      const at = [...path, key];
      if (children.has(key)) throw this.#fails.failTensor(at.join('/'))('it is there twice.');
      children.set(key, await this.node(at));
    }
    return children.has(CHUNKED) ? this.#joined(children, path) : { children };
  }

  async #list(count: number, path: readonly string[]): Promise<Branch> {
    const children = new Map<string, Node>();
    for (let i = 0; i < count; i++) children.set(String(i), await this.node([...path, String(i)]));
    return { children };
  }

  async #ext({ type, length }: { type: number; length: number }, path: readonly string[]): Promise<Leaf> {
    if (type === EXT.array || type === EXT.scalar) return this.#array(length, path);
    this.#cursor.skip(length);
    return plain(type === EXT.complex ? 'complex' : `extension ${type}`);
  }

  /** `[shape, type's name, bytes]`, in msgpack of its own. */
  async #array(length: number, path: readonly string[]): Promise<Leaf> {
    const cursor = this.#cursor;
    const fail = this.#fails.failTensor(path.join('/'));
    const end = cursor.position + length;
    const damaged = (): Error => fail('its header is damaged.');
    const outer = await cursor.token();
    if (outer.kind !== 'array' || outer.count !== 3) throw damaged();
    const dimensions = await cursor.token();
    if (dimensions.kind !== 'array' || dimensions.count > MAX_DIMENSIONS) throw damaged();
    const shape: number[] = [];
    for (let i = 0; i < dimensions.count; i++) {
      const size = await cursor.token();
      if (size.kind !== 'int' || !Number.isSafeInteger(size.value) || size.value < 0) throw damaged();
      shape.push(size.value);
    }
    const name = await cursor.token();
    if (name.kind !== 'text') throw damaged();
    const dtype = await cursor.text(name.length, MAX_NAME);
    const bytes = await cursor.token();
    if (bytes.kind !== 'bytes' || cursor.position + bytes.length !== end) throw damaged();
    const itemSize = itemSizeOfName(dtype);
    if (itemSize !== undefined && sizeOfShape(shape) * itemSize !== bytes.length) {
      throw fail(`its header promises [${shape.join(', ')}] ${dtype}, but it holds ${bytes.length} bytes.`);
    }
    const segment = { offset: cursor.position, byteLength: bytes.length };
    cursor.skip(bytes.length);
    return { shape, dtype, segments: [segment] };
  }

  /** The array that a map of pieces stands for. */
  #joined(children: ReadonlyMap<string, Node>, path: readonly string[]): Leaf {
    const fail = this.#fails.failTensor(path.join('/'));
    const shape = inOrder(children.get('shape')).map((node) => ('value' in node ? node.value : undefined));
    const pieces = inOrder(children.get('chunks')).map((node) => ('shape' in node ? node : undefined));
    const dtype = pieces[0]?.dtype;
    if (
      dtype === undefined ||
      !pieces.every((piece) => piece?.dtype === dtype) ||
      !shape.every((size) => size !== undefined && Number.isSafeInteger(size) && size >= 0)
    ) {
      throw fail('the pieces it is cut in are damaged.');
    }
    const segments = pieces.flatMap((piece) => piece!.segments);
    if (segments.some(({ offset }, i) => i > 0 && offset < segments[i - 1]!.offset)) {
      throw fail('the pieces it is cut in are out of order.');
    }
    const held = segments.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const itemSize = itemSizeOfName(dtype);
    if (itemSize === undefined || sizeOfShape(shape as number[]) * itemSize !== held) {
      throw fail(`its header promises [${shape.join(', ')}] ${dtype}, but its pieces hold ${held} bytes.`);
    }
    return { shape: shape as number[], dtype, segments };
  }
}

/** The values of a tuple as flax writes it: a map with the keys "0", "1", …. */
function inOrder(node: Node | undefined): Node[] {
  if (!node || !('children' in node)) return [];
  return Array.from({ length: node.children.size }, (_, i) => node.children.get(String(i)) ?? plain('None'));
}

function plain(dtype: string): Leaf {
  return { shape: [], dtype, segments: [] };
}
