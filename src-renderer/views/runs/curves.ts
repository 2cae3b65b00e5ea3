import type { RunChange, RunMetrics } from '../../../src-shared/contract/runs.ts';
import type { ChartSpec, Series } from '../../charts/spec.ts';
import { strings } from './strings.ts';

/** A run's points of one metric; a value that is not finite is null. */
export type Curve = RunMetrics['series'][number];

/** A chart's worth of metrics: training and evaluation on one axis. */
interface Group {
  readonly id: keyof typeof strings.charts.groups;
  readonly metrics: readonly string[];
  /** Metrics named alike by a suffix (`accuracy_test_ema`) join them. */
  readonly scale?: number;
  /** Where the axis ends, whatever the values. */
  readonly max?: number;
  readonly logarithmic?: boolean;
  /** Raw points jump from step to step. */
  readonly smoothable?: boolean;
}

export const GROUPS: readonly Group[] = [
  { id: 'loss', metrics: ['train_loss', 'loss_test'], smoothable: true },
  { id: 'accuracy', metrics: ['accuracy_test'], scale: 100, max: 100 },
  { id: 'gradNorm', metrics: ['grad_norm'], smoothable: true },
  { id: 'lr', metrics: ['lr'] },
  { id: 'speed', metrics: ['img_sec_core_train', 'img_sec_core_test'] },
];

/** The charts that some metrics give, those of no known group together in a last one. */
export function groupsOf(metrics: readonly string[]): { group: Group; metrics: string[] }[] {
  const left = new Set(metrics);
  const found = GROUPS.map((group) => {
    const own = group.metrics.flatMap((base) => metrics.filter((name) => name === base || name.startsWith(`${base}_`)));
    for (const name of own) left.delete(name);
    return { group, metrics: own };
  });
  const other: Group = { id: 'other', metrics: [] };
  return [...found, { group: other, metrics: [...left] }].filter(({ metrics: own }) => own.length > 0);
}

/** Curves of one run: a line a metric. */
export function chartOfRun(group: Group, curves: readonly Curve[]): ChartSpec {
  return chartOf(
    group,
    curves.map((curve, i) => line(group, curve, { id: curve.name, name: nameOf(curve.name), colorIndex: i })),
  );
}

/** One metric of several runs: a line a run, each with its own colour. */
export function chartOfRuns(
  group: Group,
  runs: readonly { id: string; name: string; colorIndex: number; curves: readonly Curve[] }[],
): ChartSpec {
  return chartOf(
    group,
    runs.flatMap(({ id, name, colorIndex, curves }) =>
      curves.map((curve, i) => ({
        ...line(group, curve, {
          id: `${id} ${curve.name}`,
          name: curves.length > 1 ? `${name}, ${nameOf(curve.name)}` : name,
          colorIndex,
        }),
        // The first is what trains; what is measured beside it is dashed.
        dashed: i > 0,
      })),
    ),
  );
}

/** A metric's own name where no better one is known. */
function nameOf(metric: string): string {
  return strings.charts.series[metric] ?? metric;
}

/**
 * The same run has the same colour in every comparison, unless another one has it already.
 * @returns a place among the eight series colours for each id
 */
export function coloursOf(ids: readonly string[]): Map<string, number> {
  const colours = new Map<string, number>();
  const taken = new Set<number>();
  for (const id of ids) {
    const own = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 8, 0);
    const free = Array.from({ length: 8 }, (_, i) => (own + i) % 8).find((place) => !taken.has(place)) ?? own;
    taken.add(free);
    colours.set(id, free);
  }
  return colours;
}

function chartOf({ id, logarithmic, max }: Group, series: Series[]): ChartSpec {
  return {
    kind: 'line',
    x: { title: strings.charts.step, format: (value) => value.toLocaleString('en') },
    y: {
      title: strings.charts.groups[id],
      format: significant,
      ...(logarithmic ? { logarithmic } : {}),
      ...(max === undefined ? {} : { max }),
    },
    series,
  };
}

function line({ scale = 1 }: Group, { points }: Curve, rest: Pick<Series, 'id' | 'name' | 'colorIndex'>): Series {
  return { ...rest, points: points.map(([x, y]) => ({ x, y: y === null ? Number.NaN : scale * y })) };
}

/** Four digits that mean something, without a tail of zeros. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

/** The curves with new points at their ends. */
export function withPoints(
  curves: readonly Curve[],
  points: Extract<RunChange, { type: 'points' }>['points'],
): readonly Curve[] {
  const next = new Map(curves.map((curve) => [curve.name, curve]));
  for (const { step, values } of points) {
    for (const [name, value] of Object.entries(values)) {
      const known = next.get(name) ?? { name, total: 0, points: [] };
      if (step <= (known.points.at(-1)?.[0] ?? -1)) continue; // told before, and read since
      next.set(name, { name, total: known.total + 1, points: [...known.points, [step, value]] });
    }
  }
  return [...next.values()];
}
