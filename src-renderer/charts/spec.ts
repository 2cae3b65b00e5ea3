/** What a chart shows, apart from how it is drawn: the same data make the picture, the table and the CSV. */
export interface ChartSpec {
  readonly kind: 'line' | 'scatter' | 'bar';
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

export interface Axis {
  readonly title: string;
  readonly logarithmic?: boolean;
  /** Names of the places 0, 1, 2 … of a bar chart. */
  readonly categories?: readonly string[];
  readonly format?: (value: number) => string;
  readonly min?: number;
  readonly max?: number;
}

export interface Series {
  /** The same id has the same colour in every chart that is given the same `colorIndex`. */
  readonly id: string;
  readonly name: string;
  /** 0 to 7: a place among the series colours. */
  readonly colorIndex: number;
  /** x ascending for lines. A y that isn't finite leaves a gap. */
  readonly points: readonly Point[];
  /** Joined by a line: the default of a line chart; a Pareto front in a scatter. */
  readonly joined?: boolean;
  readonly dashed?: boolean;
  /** Its points' names stand beside them where there is room. */
  readonly labelled?: boolean;
}

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Says what the point is. */
  readonly name?: string;
  /** Area relative to 1. */
  readonly weight?: number;
  /** Given back when the point is chosen. */
  readonly key?: string;
}

/** What was dragged over: a rectangle in the units of the axes, and the points in it. */
export interface Brushed {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly points: readonly Point[];
}

/** The chart as rows: one a point, with its series. */
export function tableOf({ x, y, series }: ChartSpec): { head: string[]; rows: string[][] } {
  const named = series.some(({ points }) => points.some((point) => point.name !== undefined));
  const rows = series.flatMap((one) =>
    one.points.map((point) => [
      one.name,
      ...(named ? [point.name ?? ''] : []),
      x.categories?.[point.x] ?? String(point.x),
      Number.isFinite(point.y) ? String(point.y) : '',
    ]),
  );
  return { head: ['series', ...(named ? ['name'] : []), x.title, y.title], rows };
}

/** RFC 4180, with a quote before what a spreadsheet would take for a formula. */
export function csvOf(spec: ChartSpec): string {
  const { head, rows } = tableOf(spec);
  return [head, ...rows].map((row) => row.map(csvField).join(',')).join('\r\n') + '\r\n';
}

function csvField(text: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
