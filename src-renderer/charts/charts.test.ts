import { expect, test } from 'vitest';
import { smooth } from './smooth.ts';
import { csvOf, tableOf } from './spec.ts';
import type { ChartSpec } from './spec.ts';

const spec: ChartSpec = {
  kind: 'line',
  x: { title: 'step' },
  y: { title: 'loss' },
  series: [
    {
      id: 'a',
      name: '=run, "one"',
      colorIndex: 0,
      points: [
        { x: 1, y: 2 },
        { x: 2, y: Number.NaN },
      ],
    },
    { id: 'b', name: 'two', colorIndex: 1, points: [{ x: 1, y: -0.5 }] },
  ],
};

test('a chart is also a table and a CSV: every point, gaps empty, nothing that a spreadsheet would run', () => {
  expect(tableOf(spec)).toEqual({
    head: ['series', 'step', 'loss'],
    rows: [
      ['=run, "one"', '1', '2'],
      ['=run, "one"', '2', ''],
      ['two', '1', '-0.5'],
    ],
  });
  expect(csvOf(spec)).toBe('series,step,loss\r\n"\'=run, ""one""",1,2\r\n"\'=run, ""one""",2,\r\ntwo,1,-0.5\r\n');
});

test('smoothing keeps a constant, begins at the first value, and passes over gaps', () => {
  const constant = [1, 2, 3].map((x) => ({ x, y: 4 }));
  for (const { y } of smooth(constant, 0.9)) expect(y).toBeCloseTo(4, 12);
  const [first, gap, last] = smooth(
    [
      { x: 0, y: 1 },
      { x: 1, y: Number.NaN },
      { x: 2, y: 3 },
    ],
    0.5,
  );
  expect(first!.y).toBe(1);
  expect(gap!.y).toBeNaN();
  expect(last!.y).toBeCloseTo((0.25 * 1 + 0.5 * 3) / 0.75, 12);
});
