import { expect, test } from 'vitest';
import type { EvaluationReport } from '../../../src-shared/contract/report.ts';
import { between, clusteredOrder, givenOrder, holding, Matrix, zoomed } from './matrix.ts';

function matrixOf(rows: number[][]): Matrix {
  const cells = rows.flatMap((row, t) => row.flatMap((n, p): [number, number, number][] => (n > 0 ? [[t, p, n]] : [])));
  const classes = rows.map((row, index) => ({ index, support: row.reduce((sum, n) => sum + n, 0) }));
  return new Matrix({ classes, confusion: { cells } } as unknown as EvaluationReport);
}

test('a cell says its images and their share; an empty row has no share', () => {
  const matrix = matrixOf([
    [3, 1],
    [0, 0],
  ]);
  expect(matrix.at(0, 1)).toEqual({ truth: 0, predicted: 1, count: 1, share: 0.25 });
  expect(matrix.at(1, 0)).toEqual({ truth: 1, predicted: 0, count: 0, share: 0 });
  expect([matrix.most, matrix.cells.length]).toEqual([3, 2]);
});

test('classes that are confused stand together, every class once', () => {
  const rows = givenOrder(6).map((i) => givenOrder(6).map((j): number => (i === j ? 10 : 0)));
  rows[0]![4] = 5; // 0 and 4, 4 and 2 are confused, 1 and 5 a little
  rows[2]![4] = 3;
  rows[5]![1] = 1;
  const order = clusteredOrder(matrixOf(rows));
  expect([...order].sort()).toEqual(givenOrder(6));
  expect(['042', '240']).toContain(order.slice(0, 3).join(''));
  expect(Math.abs(order.indexOf(1) - order.indexOf(5))).toBe(1);
  expect(order.at(-1)).toBe(3);
  const large = matrixOf(givenOrder(300).map((i) => givenOrder(300).map((j) => (Math.abs(i - j) < 3 ? 1 : 0))));
  expect([...clusteredOrder(large)].sort((a, b) => a - b)).toEqual(givenOrder(300));
});

test('what is seen stays inside the matrix', () => {
  const all = { row: 0, column: 0, size: 100 };
  const near = zoomed(all, { factor: 0.5, row: 0, column: 99, classes: 100 });
  expect(near).toEqual({ row: 0, column: 50, size: 50 });
  expect(zoomed(near, { factor: 8, row: 20, column: 60, classes: 100 })).toEqual(all);
  expect(zoomed(near, { factor: 0.001, row: 20, column: 60, classes: 100 }).size).toBe(2);
  expect(holding(near, { row: 70, column: 10, classes: 100 })).toEqual({ row: 21, column: 10, size: 50 });
  expect(between({ row: 9, column: 3 }, { row: 4, column: 3 }, 10)).toEqual({ row: 4, column: 3, size: 6 });
});
