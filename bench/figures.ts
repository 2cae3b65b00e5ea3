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

/** Lines of a table whose first row is its head. */
export type RenderTable = (table: readonly string[][]) => string[];

export function renderGroup({ title, unit, rows }: Group, render: RenderTable = textTable): string {
  const steps = rows.some(({ firstStep }) => firstStep !== undefined);
  const head = ['', `${unit}/s`, `${unit}/s of processor time`, ...(steps ? ['peak memory', 'first step'] : [])];
  const table = rows.map((row) => [
    row.name,
    significant(row.perSecond),
    significant(row.perCpuSecond),
    ...(steps ? [megabytes(row.peakBytes), row.firstStep === undefined ? '' : `${significant(row.firstStep)} s`] : []),
  ]);
  return [title, ...render([head, ...table])].join('\n');
}

export function renderFigures(figures: readonly Figure[], render: RenderTable = textTable): string {
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
  return ['Figures', ...render([['', 'measured', 'to reach', ''], ...table])].join('\n');
}

function significant(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}

function megabytes(bytes = NaN): string {
  return Number.isNaN(bytes) ? '' : `${(bytes / 1e6).toFixed(0)} MB`;
}

/** As GitHub's Markdown has it, with empty lines around. */
export function markdownTable([head, ...rows]: readonly string[][]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return ['', line(head!), `|---|${'---:|'.repeat(head!.length - 1)}`, ...rows.map(line)];
}

/** In columns of equal width, for a terminal. */
export function textTable(table: readonly string[][]): string[] {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) =>
    `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')}`.trimEnd(),
  );
}
