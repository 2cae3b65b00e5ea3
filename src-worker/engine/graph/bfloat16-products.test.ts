import { expect, test } from 'vitest';
import { bfloat16Products } from './bfloat16-products.ts';
import { DT, type NodeDef } from './proto.ts';

function node(name: string, op: string, input: string[], more: Partial<NodeDef> = {}): NodeDef {
  return { name, op, input, device: '', attr: { T: { type: DT.float32 }, _XlaCompile: { b: true } }, ...more };
}

/** Op, inputs and type of each node, by name. */
function told(nodes: readonly NodeDef[]): Record<string, string> {
  const types = Object.fromEntries(Object.entries(DT).map(([name, number]) => [number, name]));
  const type = ({ attr }: NodeDef): string =>
    attr['T'] ? types[attr['T'].type!]! : `${types[attr['SrcT']!.type!]}>${types[attr['DstT']!.type!]}`;
  return Object.fromEntries(nodes.map((n) => [n.name, `${n.op}(${n.input.join()}) ${type(n)}`]));
}

test('factors are rounded once, the result keeps its name, and nothing else changes', () => {
  const nodes = [
    node('x', 'Softmax', ['in']),
    node('y', 'BatchMatMulV2', ['x', 'w:1']),
    node('z', 'BatchMatMulV2', ['x', 'w']),
    node('s', 'Add', ['y', 'z']),
  ];
  expect(told(bfloat16Products(nodes, 'p'))).toEqual({
    x: 'Softmax(in) float32',
    'p/x': 'Cast(x) float32>bfloat16',
    'p/w_1': 'Cast(w:1) float32>bfloat16',
    'p/y': 'BatchMatMulV2(p/x,p/w_1) bfloat16',
    y: 'Cast(p/y) bfloat16>float32',
    'p/w': 'Cast(w) float32>bfloat16',
    'p/z': 'BatchMatMulV2(p/x,p/w) bfloat16',
    z: 'Cast(p/z) bfloat16>float32',
    s: 'Add(y,z) float32',
  });
});

test("a product's result, moved or not, goes into the next as it is", () => {
  const nodes = [
    node('a', 'BatchMatMulV2', ['q', 'k']),
    node('b', 'Transpose', ['a', 'perm']),
    node('c', 'Reshape', ['b', 'shape']),
    node('d', 'BatchMatMulV2', ['c', 'a']),
    node('e', 'Add', ['c', 'd']),
  ];
  const rewritten = told(bfloat16Products(nodes, 'p'));
  expect(rewritten['p/b']).toBe('Transpose(p/a,perm) bfloat16');
  expect(rewritten['p/c']).toBe('Reshape(p/b,shape) bfloat16');
  expect(rewritten['p/d']).toBe('BatchMatMulV2(p/c,p/a) bfloat16');
  // The float32 ones stay for whoever takes them.
  expect(rewritten['e']).toBe('Add(c,d) float32');
  expect(rewritten['c']).toBe('Reshape(b,shape) float32');
});

test('convolutions and their gradients: sizes stay, and so do other types', () => {
  const nodes = [
    node('y', 'Conv2D', ['x', 'k']),
    node('dx', 'Conv2DBackpropInput', ['sizes', 'k', 'dy']),
    node('dk', 'Conv2DBackpropFilter', ['x', 'sizes', 'dy']),
    node('i', 'BatchMatMulV2', ['m', 'n'], { attr: { T: { type: DT.int32 } } }),
  ];
  const rewritten = told(bfloat16Products(nodes, 'p'));
  expect(rewritten['p/y']).toBe('Conv2D(p/x,p/k) bfloat16');
  expect(rewritten['p/dx']).toBe('Conv2DBackpropInput(sizes,p/k,p/dy) bfloat16');
  expect(rewritten['p/dk']).toBe('Conv2DBackpropFilter(p/x,sizes,p/dy) bfloat16');
  expect(rewritten['i']).toBe('BatchMatMulV2(m,n) int32');
});

test('new nodes are compiled with the others, each on the device of its product', () => {
  const nodes = [
    node('y', 'BatchMatMulV2', ['x', 'w'], { device: '/device:GPU:0' }),
    node('z', 'BatchMatMulV2', ['x', 'w'], { device: '/device:GPU:1' }),
  ];
  const rewritten = bfloat16Products(nodes, 'p');
  expect(rewritten.every(({ attr }) => attr['_XlaCompile']?.b === true)).toBe(true);
  expect(new Set(rewritten.map(({ name }) => name)).size).toBe(8);
  expect(rewritten.filter(({ device }) => device === '/device:GPU:1')).toHaveLength(4);
});
