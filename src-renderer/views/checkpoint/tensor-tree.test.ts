import { expect, test } from 'vitest';
import { rowsOf, tensorTree } from './tensor-tree.ts';

const tensor = (name: string, ...shape: number[]) => ({ name, shape, dtype: 'float32' });
const shown = (rows: ReturnType<typeof rowsOf>) =>
  rows.map(({ depth, text, count }) => `${' '.repeat(depth)}${text} ${count}`);
const open = (...paths: string[]) => ({ open: new Set(paths), filter: '' });

test('names are folders, which open; numbers below them are summed', () => {
  const tree = tensorTree([tensor('cls', 1, 4), tensor('a/b/kernel', 2, 3), tensor('a/b/bias', 3), tensor('a/c', 5)]);
  expect(shown(rowsOf(tree, open()))).toEqual(['cls 4', 'a 14']);
  expect(shown(rowsOf(tree, open('a/', 'a/b/')))).toEqual(['cls 4', 'a 14', ' b 9', '  kernel 6', '  bias 3', ' c 5']);
});

test('a filter opens what holds a match and hides the rest', () => {
  const tree = tensorTree([tensor('blocks.0.norm.weight', 4), tensor('blocks.1.mlp.weight', 4), tensor('head.bias')]);
  expect(shown(rowsOf(tree, { open: new Set(), filter: ' MLP ' }))).toEqual([
    'blocks 8',
    ' 1 4',
    '  mlp 4',
    '   weight 4',
  ]);
  expect(rowsOf(tree, { open: new Set(), filter: 'nothing' })).toEqual([]);
});

test('a tensor may be called like a folder', () => {
  expect(rowsOf(tensorTree([tensor('a', 1), tensor('a/b', 2)]), open('a/'))).toHaveLength(3);
  expect(rowsOf(tensorTree([tensor('', 1), tensor('/', 2)]), open())).toHaveLength(2);
});
