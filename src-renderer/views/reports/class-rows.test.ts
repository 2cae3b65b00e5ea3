import { expect, test } from 'vitest';
import type { EvaluationReport } from '../../../src-shared/contract/report.ts';
import { arrangedClasses, classRows } from './class-rows.ts';

const report = {
  classes: [
    { index: 0, name: 'cat', support: 4, recall: 0.5 },
    { index: 1, name: 'dog', support: 0, recall: null },
    { index: 2, name: 'Caterpillar', support: 2, recall: 1 },
  ],
  confusion: {
    cells: [
      [0, 0, 2],
      [0, 1, 1],
      [0, 2, 1],
      [2, 2, 2],
    ],
  },
} as unknown as EvaluationReport;

test('a class says what it was most often taken for; sorting keeps the unknown last', () => {
  const rows = classRows(report);
  expect(rows.map(({ taken }) => taken)).toEqual([{ index: 1, count: 1 }, null, null]);
  const order = (column: string, descending: boolean): number[] =>
    arrangedClasses(rows, '', { column, descending }).map(({ index }) => index);
  expect(order('recall', false)).toEqual([0, 2, 1]);
  expect(order('recall', true)).toEqual([2, 0, 1]);
  expect(order('support', true)).toEqual([0, 2, 1]);
  expect(arrangedClasses(rows, ' CAT', { column: 'name', descending: false }).map(({ name }) => name)).toEqual([
    'cat',
    'Caterpillar',
  ]);
});
