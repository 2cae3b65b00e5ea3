import type { TimelineEntry } from '../../../src-shared/contract/run-files.ts';
import type { Curve } from './curves.ts';
import { strings } from './strings.ts';

/** Speeds that count: the newest, as what else the machine does changes. */
const NEWEST = 20;
/** Fewer say nothing of a range. */
const LEAST = 4;
/** Share of the slowest and of the fastest that are left out. */
const TRIM = 0.1;

/**
 * The time that is left by the slower and by the faster of the newest measured speeds.
 * @param images that are still to be trained on
 * @returns seconds, the shorter first; null where too few speeds are known
 */
export function rangeLeft(images: number, curves: readonly Curve[]): [shorter: number, longer: number] | null {
  const points = curves.find(({ name }) => name === 'img_sec_core_train')?.points ?? [];
  const speeds = points.slice(-NEWEST).flatMap(([, value]) => (value !== null && value > 0 ? [value] : []));
  if (speeds.length < LEAST) return null;
  speeds.sort((a, b) => a - b);
  const cut = Math.floor(speeds.length * TRIM);
  return [images / speeds[speeds.length - 1 - cut]!, images / speeds[cut]!];
}

/** What is wrong with how it goes, a sentence each: as far as metrics and timeline tell. */
export function alertsOf(curves: readonly Curve[], timeline: readonly TimelineEntry[]): string[] {
  const broken = curves.flatMap(({ name, points }) => {
    const first = points.find(([, value]) => value === null);
    return first ? [strings.health.notFinite(strings.charts.series[name] ?? name, name, first[0])] : [];
  });
  const retries = timeline.filter(({ type }) => type === 'oom_retry');
  const last = retries.at(-1);
  const memory = last ? [strings.health.memory(retries.length, last.step)] : [];
  return [...broken, ...rising(curves), ...memory];
}

/** Points at each end of a loss that are compared. */
const WINDOW = 10;
/** How many times its best a loss must be to be told of. */
const FACTOR = 2;

/** A training loss that has left its best far behind. */
function rising(curves: readonly Curve[]): string[] {
  const points = curves.find(({ name }) => name === 'train_loss')?.points ?? [];
  const values = points.flatMap(([, value]) => (value === null ? [] : [value]));
  if (values.length < 3 * WINDOW) return [];
  const means = values.slice(WINDOW - 1).map((_, i) => mean(values.slice(i, i + WINDOW)));
  const best = Math.min(...means);
  const now = means.at(-1)!;
  return now > FACTOR * best && now - best > 0.5
    ? [strings.health.rising(best.toPrecision(3), now.toPrecision(3))]
    : [];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
