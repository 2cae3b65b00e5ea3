import type { ChartConfiguration, ChartDataset, ChartType } from 'chart.js';
import { withAlpha } from './palette.svelte.ts';
import { decimate } from './decimate.ts';
import type { Stretch } from './decimate.ts';
import type { Palette } from './palette.svelte.ts';
import type { PointLabelOptions } from './point-labels.ts';
import { smooth } from './smooth.ts';
import type { Axis, ChartSpec, Point, Series } from './spec.ts';

export interface Look {
  palette: Palette;
  logarithmic: boolean;
  /** Of what came before; 0 shows the points as they are. */
  smoothing: number;
  hidden: ReadonlySet<string>;
  onzoom: () => void;
  /** What is in sight of a line chart, and how fine it is drawn; all points without. */
  stretch?: Stretch;
  /** Dragging does something else than zoom. */
  fixed?: boolean;
}

type Kind = 'line' | 'scatter' | 'bar';

/** The spec as chart.js takes it. */
export function configurationOf(spec: ChartSpec, look: Look): ChartConfiguration<Kind, Point[]> {
  const { palette } = look;
  const shown = spec.series.filter(({ id }) => !look.hidden.has(id));
  return {
    type: spec.kind,
    data: { datasets: shown.flatMap((series) => datasetsOf(series, spec, look)) },
    options: {
      parsing: false,
      normalized: true,
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: spec.kind === 'line' ? 'x' : 'nearest', intersect: spec.kind !== 'line', axis: 'x' },
      scales: { x: scaleOf(spec.x, palette), y: scaleOf({ ...spec.y, logarithmic: look.logarithmic }, palette) },
      plugins: {
        legend: { display: false },
        tooltip: {
          animation: false,
          backgroundColor: palette.panel,
          borderColor: palette.line,
          borderWidth: 1,
          titleColor: palette.mute,
          bodyColor: palette.ink,
          boxPadding: 4,
          filter: ({ dataset }) => !(dataset as { raw?: boolean }).raw,
          callbacks: {
            title: ([item]) => (item ? `${spec.x.title} ${nameOfX(spec.x, item.parsed.x ?? 0)}` : ''),
            label: ({ dataset, raw, parsed }) => {
              const { name } = raw as Point;
              const value = (spec.y.format ?? String)(parsed.y ?? Number.NaN);
              return `${name ?? dataset.label ?? ''}  ${value}`;
            },
          },
        },
        pointLabels: {
          // Those of a front are written first.
          datasets: labelledOf(shown).toReversed(),
          colour: palette.ink,
        },
        zoom: {
          zoom: {
            drag: { enabled: !look.fixed, backgroundColor: withAlpha(palette.accent, 0.15), threshold: 6 },
            mode: spec.kind === 'scatter' ? 'xy' : 'x',
            onZoomComplete: look.onzoom,
          },
        },
      },
    },
  };
}

/** Places of the series whose points are named; smoothing, which doubles series, is of lines alone. */
function labelledOf(shown: readonly Series[]): number[] {
  return shown.flatMap(({ labelled }, i) => (labelled ? [i] : []));
}

declare module 'chart.js' {
  // The type's parameter must be named as it is there.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface PluginOptionsByType<TType extends ChartType> {
    pointLabels?: Partial<PointLabelOptions>;
  }
}

function datasetsOf(series: Series, { kind }: ChartSpec, look: Look): ChartDataset<Kind, Point[]>[] {
  const colour = look.palette.series[series.colorIndex % 8]!;
  const joined = series.joined ?? kind === 'line';
  const base = {
    label: series.name,
    borderColor: colour,
    hoverBorderColor: colour,
    backgroundColor: kind === 'line' ? colour : withAlpha(colour, 0.6),
    hoverBackgroundColor: colour,
    borderWidth: kind === 'bar' ? 0 : 1.75,
    borderDash: series.dashed ? [4, 4] : [],
    showLine: joined,
    pointRadius: kind === 'line' && series.points.length > 1 ? 0 : radii(series),
    pointHoverRadius: 5,
    pointHitRadius: 8,
    spanGaps: false,
  };
  if (kind !== 'line') return [{ ...base, data: [...series.points] }];
  const drawn = (points: readonly Point[]): Point[] => [...(look.stretch ? decimate(points, look.stretch) : points)];
  if (look.smoothing === 0) return [{ ...base, data: drawn(series.points) }];
  const raw = { ...base, raw: true, borderColor: withAlpha(colour, 0.25), hoverBorderColor: withAlpha(colour, 0.25) };
  return [
    { ...base, data: drawn(smooth(series.points, look.smoothing)) },
    { ...raw, data: drawn(series.points) },
  ];
}

function radii({ points }: Series): number[] {
  return points.map(({ weight = 1 }) => 4 * Math.sqrt(weight));
}

function nameOfX(axis: Axis, value: number): string {
  return axis.categories?.[value] ?? (axis.format ?? String)(value);
}

type Scale = NonNullable<NonNullable<ChartConfiguration<Kind>['options']>['scales']>[string];

function scaleOf(axis: Axis, palette: Palette): Scale {
  return {
    type: axis.logarithmic ? 'logarithmic' : 'linear',
    ...(axis.min === undefined ? {} : { min: axis.min }),
    ...(axis.max === undefined ? {} : { max: axis.max }),
    ...(axis.categories ? { min: -0.5, max: axis.categories.length - 0.5 } : {}),
    grid: { color: palette.line, lineWidth: 1, drawTicks: false },
    border: { display: false },
    title: { display: true, text: axis.title, color: palette.mute, font: { size: 11 } },
    ticks: {
      color: palette.mute,
      font: { size: 11 },
      padding: 6,
      maxRotation: 0,
      autoSkipPadding: 16,
      ...(axis.categories ? { stepSize: 1 } : {}),
      callback: (value: number | string) => nameOfX(axis, Number(value)),
    },
  };
}
