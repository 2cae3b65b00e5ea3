import { expect, test } from 'vitest';
import { chartOfRun, chartOfRuns, coloursOf, GROUPS, groupsOf, significant, withPoints } from './curves.ts';
import type { Curve } from './curves.ts';

const curve = (name: string, points: [number, number | null][]): Curve => ({ name, total: points.length, points });

test('training and evaluation share a chart, variants join their metric, the unknown come last', () => {
  const groups = groupsOf(['lr', 'accuracy_test_ema', 'train_loss', 'own', 'loss_test', 'accuracy_test']);
  expect(groups.map(({ group, metrics }) => [group.id, metrics])).toEqual([
    ['loss', ['train_loss', 'loss_test']],
    ['accuracy', ['accuracy_test_ema', 'accuracy_test']],
    ['lr', ['lr']],
    ['other', ['own']],
  ]);
});

test('accuracy is drawn in percent, and what is no number leaves a gap', () => {
  const [, accuracy] = GROUPS;
  const { series } = chartOfRun(accuracy!, [
    curve('accuracy_test', [
      [100, 0.5],
      [200, null],
    ]),
  ]);
  expect(series[0]!.points).toEqual([
    { x: 100, y: 50 },
    { x: 200, y: Number.NaN },
  ]);
});

test('several runs: a colour a run, what is beside the first metric dashed', () => {
  const [loss] = GROUPS;
  const curves = [curve('train_loss', [[1, 2]]), curve('loss_test', [[1, 3]])];
  const { series } = chartOfRuns(loss!, [
    { id: 'a', name: 'A', colorIndex: 3, curves },
    { id: 'b', name: 'B', colorIndex: 1, curves: curves.slice(0, 1) },
  ]);
  expect(series.map(({ name, colorIndex, dashed }) => [name, colorIndex, dashed])).toEqual([
    ['A, training', 3, false],
    ['A, test', 3, true],
    ['B', 1, false],
  ]);
});

test('a run keeps its colour whoever it is beside, and no two of eight share one', () => {
  const ids = Array.from({ length: 8 }, (_, i) => `${i}a4f09c2b1d${i}`);
  expect(new Set(coloursOf(ids).values()).size).toBe(8);
  expect(coloursOf([ids[5]!]).get(ids[5]!)).toBe(coloursOf([ids[5]!, ids[2]!]).get(ids[5]!));
});

test('points are added once, whatever is told twice', () => {
  const before = [curve('train_loss', [[10, 1]])];
  const after = withPoints(before, [
    { step: 10, values: { train_loss: 1 } },
    { step: 20, values: { train_loss: 0.5, lr: 0.1 } },
  ]);
  expect(after).toEqual([
    {
      name: 'train_loss',
      total: 2,
      points: [
        [10, 1],
        [20, 0.5],
      ],
    },
    { name: 'lr', total: 1, points: [[20, 0.1]] },
  ]);
  expect(before[0]!.points).toHaveLength(1);
});

test('four digits, without a tail', () => {
  expect([0.123456, 12.5, 0.00001234, 0, Number.NaN].map(significant)).toEqual(['0.1235', '12.5', '1.23e-5', '0', '–']);
});
