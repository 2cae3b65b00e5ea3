import { describe, expect, it } from 'vitest';
import { forAnyBatch, RECORDED_BATCHES } from './any-batch.ts';
import { attrType, GraphBuilder } from './graph-builder.ts';
import type { NodeDef } from './proto.ts';

type Build = (builder: GraphBuilder, batch: number) => void;

function recordings(build: Build): [NodeDef[], NodeDef[], NodeDef[]] {
  return RECORDED_BATCHES.map((batch) => {
    const builder = new GraphBuilder();
    build(builder, batch);
    return builder.nodes;
  }) as [NodeDef[], NodeDef[], NodeDef[]];
}

const constant = (builder: GraphBuilder, values: number[]): string =>
  builder.constant(Int32Array.from(values), [values.length]);

function valuesOf(nodes: readonly NodeDef[], name: string): number[] {
  const content = nodes.find((node) => node.name === name)!.attr['value']!.tensor!.tensor_content!;
  return [...new Int32Array(content.slice().buffer)];
}

describe('forAnyBatch', () => {
  it('leaves the one dimension of a reshape that grows to be found', () => {
    const nodes = forAnyBatch(
      recordings((b, batch) => b.node('Reshape', { inputs: ['x', constant(b, [batch * 17, 32])] })),
      'batch',
    );
    expect(nodes.map(({ op }) => op)).toEqual(['Const', 'Reshape']);
    expect(valuesOf(nodes, 'const')).toEqual([-1, 32]);
  });

  it('computes other numbers from the batch', () => {
    const nodes = forAnyBatch(
      recordings((b, batch) => b.node('Tile', { inputs: ['x', constant(b, [3 * batch + 2, 1, batch])] })),
      'batch',
    );
    expect(nodes.map(({ op, name }) => [op, name])).toEqual([
      ['Const', 'const/scale'],
      ['Const', 'const/offset'],
      ['Mul', 'const/product'],
      ['AddV2', 'const'],
      ['Tile', 'Tile'],
    ]);
    expect(valuesOf(nodes, 'const/scale')).toEqual([3, 0, 1]);
    expect(valuesOf(nodes, 'const/offset')).toEqual([2, 1, 0]);
    expect(nodes[2]!.input).toEqual(['const/scale', 'batch']);
  });

  it('computes the shape of a reshape that something else uses too, or in which two dimensions grow', () => {
    const shared = forAnyBatch(
      recordings((b, batch) => {
        const shape = constant(b, [batch, 4]);
        b.node('Reshape', { inputs: ['x', shape] });
        b.node('Fill', { inputs: [shape, 'value'] });
      }),
      'batch',
    );
    const twice = forAnyBatch(
      recordings((b, batch) => b.node('Reshape', { inputs: ['x', constant(b, [batch, batch])] })),
      'batch',
    );
    for (const nodes of [shared, twice]) expect(nodes.some(({ op }) => op === 'AddV2')).toBe(true);
  });

  it.each<[string, Build]>([
    ['numbers that don’t grow evenly', (b, batch) => void constant(b, [batch ** 2])],
    ['halves', (b, batch) => void constant(b, [Math.floor(batch / 3)])],
    ['other lengths', (b, batch) => void constant(b, new Array<number>(batch % 7).fill(1))],
    ['float constants', (b, batch) => void b.constant(Float32Array.of(1 / batch), [1])],
    ['attributes', (b, batch) => void b.node('Unpack', { inputs: ['x'], attrs: { num: { i: batch } } })],
    ['types', (b, batch) => void b.node('Cast', { attrs: { T: attrType(batch === 10007 ? 'int32' : 'float32') } })],
    ['numbers of nodes', (b, batch) => Array.from({ length: batch % 7 }, () => b.node('Identity'))],
  ])('refuses recordings that differ in %s', (_, build) => {
    expect(() => forAnyBatch(recordings(build), 'batch')).toThrow(/batch/);
  });
});
