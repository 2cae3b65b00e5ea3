import { expect, test } from 'vitest';
import { decimate } from './decimate.ts';
import { freePlace } from './point-labels.ts';
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

test('a line keeps its ends, its peaks and its gaps with fewer points, and what is zoomed into is fine again', () => {
  const points = Array.from({ length: 10_000 }, (_, x) => ({ x, y: x === 4321 ? 9 : x === 7000 ? Number.NaN : x % 3 }));
  const all = { from: -Infinity, to: Infinity, buckets: 300 };
  const fewer = decimate(points, all);
  expect(fewer.length).toBeLessThan(2 * 300 + 4);
  expect(fewer.map(({ x }) => x)).toEqual(fewer.map(({ x }) => x).toSorted((a, b) => a - b));
  expect(new Set(fewer).size).toBe(fewer.length);
  for (const x of [0, 4321, 7000, 9999]) expect(fewer.some((point) => point.x === x)).toBe(true);
  expect(decimate(points, { ...all, from: 4300, to: 4340 }).map(({ x }) => x)).toEqual(
    Array.from({ length: 43 }, (_, i) => 4299 + i),
  );
  expect(decimate(points.slice(0, 500), all)).toHaveLength(500);
  expect(decimate([], all)).toEqual([]);
});

test('a label goes where nothing is, and nowhere where there is no room', () => {
  const area = { left: 0, right: 100, top: 0, bottom: 100 };
  const at = { x: 50, y: 50, width: 30 };
  const right = freePlace(at, { area, taken: [] })!;
  expect(right.x).toBeGreaterThan(50);
  const left = freePlace(at, { area, taken: [right] })!;
  expect(left.x + left.width).toBeLessThan(50);
  expect(freePlace({ ...at, width: 200 }, { area, taken: [] })).toBeNull();
});
