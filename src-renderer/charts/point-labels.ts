import type { Chart, Plugin } from 'chart.js';
import type { Point } from './spec.ts';

export interface PointLabelOptions {
  /** Series whose points are named, the most important first. */
  datasets: readonly number[];
  colour: string;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const HEIGHT = 13;
const GAP = 6;

/** Writes the names of points beside them where there is room: no label lies on another, on a point or over the edge. */
export const pointLabels: Plugin<'line' | 'scatter' | 'bar', Partial<PointLabelOptions>> = {
  id: 'pointLabels',
  afterDatasetsDraw(chart, _args, { datasets = [], colour = '' }) {
    if (datasets.length === 0) return;
    const places = datasets.flatMap((index) => placesOf(chart as Chart, index));
    const { ctx } = chart;
    ctx.save();
    ctx.font = `11px ${getComputedStyle(chart.canvas).fontFamily}`;
    ctx.fillStyle = colour;
    ctx.textBaseline = 'middle';
    const taken: Box[] = places.map(({ x, y }) => ({ x: x - 4, y: y - 4, width: 8, height: 8 }));
    for (const { x, y, name } of places) {
      const { width } = ctx.measureText(name);
      const box = freePlace({ x, y, width }, { area: chart.chartArea, taken });
      if (!box) continue;
      taken.push(box);
      ctx.fillText(name, box.x, box.y + HEIGHT / 2);
    }
    ctx.restore();
  },
};

function placesOf(chart: Chart, index: number): { x: number; y: number; name: string }[] {
  const meta = chart.getDatasetMeta(index);
  return meta.data.flatMap(({ x, y }, i) => {
    const { name } = chart.data.datasets[index]!.data[i] as Point;
    return name === undefined ? [] : [{ x, y, name }];
  });
}

/** Right of the point, left, above, below, then slantwise; the first that is free. */
export function freePlace(
  { x, y, width }: { x: number; y: number; width: number },
  { area, taken }: { area: { left: number; right: number; top: number; bottom: number }; taken: readonly Box[] },
): Box | null {
  const middle = y - HEIGHT / 2;
  const candidates = [
    [x + GAP, middle],
    [x - GAP - width, middle],
    [x - width / 2, y - GAP - HEIGHT],
    [x - width / 2, y + GAP],
    [x + GAP, y - HEIGHT - 1],
    [x + GAP, y + 1],
    [x - GAP - width, y - HEIGHT - 1],
    [x - GAP - width, y + 1],
  ] as const;
  for (const [left, top] of candidates) {
    const box = { x: left, y: top, width, height: HEIGHT };
    const inside = left >= area.left && left + width <= area.right && top >= area.top && top + HEIGHT <= area.bottom;
    if (inside && !taken.some((other) => overlaps(box, other))) return box;
  }
  return null;
}

function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
