import type { Summary } from './measure.ts';

/** A figure the project holds itself to. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** At least (ratios) or at most (times); absent where there is nothing to reach. */
  atLeast?: number;
  atMost?: number;
}

export interface Group {
  title: string;
  /** Rows of the table; the unit is the items' a second. */
  unit: string;
  rows: Summary[];
}

export function reached({ value, atLeast = -Infinity, atMost = Infinity }: Figure): boolean {
  return value >= atLeast && value <= atMost;
}

/** Speed of one contestant over another's, by the median. */
export function ratio(
  rows: readonly Summary[],
  [a, b]: readonly [string, string],
  by: 'perSecond' | 'perCpuSecond',
): number {
  const find = (name: string): Summary => rows.find((row) => row.name === name)!;
  return find(a)[by] / find(b)[by];
}

export function renderGroup({ title, unit, rows }: Group): string {
  const table = [
    ['', `${unit}/s`, `${unit}/s of processor time`],
    ...rows.map((row) => [row.name, significant(row.perSecond), significant(row.perCpuSecond)]),
  ];
  return [title, ...align(table)].join('\n');
}

export function renderFigures(figures: readonly Figure[]): string {
  const table = figures.map((figure) => {
    const { what, value, unit, atLeast, atMost } = figure;
    const goal = atLeast !== undefined ? `at least ${atLeast}` : atMost !== undefined ? `at most ${atMost}` : undefined;
    return [
      what,
      `${significant(value)} ${unit}`,
      goal ?? '',
      goal === undefined ? '' : reached(figure) ? 'reached' : 'MISSED',
    ];
  });
  return ['Figures', ...align(table)].join('\n');
}

function significant(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}

function align(table: readonly string[][]): string[] {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) =>
    `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')}`.trimEnd(),
  );
}
