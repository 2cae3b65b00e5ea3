/** What was measured of one model with one engine. */
export interface SpeedRow {
  model: string;
  /** "Vitrine", "timm on PyTorch", "vit_jax on JAX". */
  engine: string;
  what: 'forward' | 'train';
  batch: number;
  /** px */
  resolution: number;
  numClasses: number;
  /** By the median step; and by the slowest and the fastest. */
  imgPerSec: number;
  imgPerSecMin: number;
  imgPerSecMax: number;
  /** Steps that were timed. */
  steps: number;
  /** Until the end of the first step, compiling included, s. */
  firstSeconds: number;
  /** Resident memory of the process during the timed steps, bytes; null where that isn't what a step takes (GPUs). */
  peakBytes: number | null;
  /** This engine's speed over Vitrine's own for the same; null for Vitrine's row, or without one. */
  ofVitrine: number | null;
}

export const VITRINE = 'Vitrine';

export interface Measured {
  seconds: readonly number[];
  firstSeconds: number;
  peakBytes: number | null;
}

/** @param measured at least one timed step */
export function speedRow(
  what: Pick<SpeedRow, 'model' | 'engine' | 'what' | 'batch' | 'resolution' | 'numClasses'>,
  { seconds, firstSeconds, peakBytes }: Measured,
): SpeedRow {
  const { batch } = what;
  return {
    ...what,
    imgPerSec: batch / median(seconds),
    imgPerSecMin: batch / Math.max(...seconds),
    imgPerSecMax: batch / Math.min(...seconds),
    steps: seconds.length,
    firstSeconds,
    peakBytes,
    ofVitrine: null,
  };
}

/** The rows with each peer's speed as a share of Vitrine's. */
export function withRatios(rows: readonly SpeedRow[]): SpeedRow[] {
  const key = (row: SpeedRow): string => [row.model, row.what, row.batch, row.resolution].join();
  const own = new Map(rows.filter(({ engine }) => engine === VITRINE).map((row) => [key(row), row.imgPerSec]));
  return rows.map((row) => {
    const reference = own.get(key(row));
    return { ...row, ofVitrine: row.engine === VITRINE || reference === undefined ? null : row.imgPerSec / reference };
  });
}

const COLUMNS = [
  'model',
  'engine',
  'what',
  'batch',
  'resolution',
  'numClasses',
  'imgPerSec',
  'imgPerSecMin',
  'imgPerSecMax',
  'steps',
  'firstSeconds',
  'peakBytes',
  'ofVitrine',
] as const satisfies readonly (keyof SpeedRow)[];

/** RFC 4180, with a line of names; empty for null. */
export function speedCsv(rows: readonly SpeedRow[]): string {
  const lines = rows.map((row) => COLUMNS.map((name) => quoted(String(row[name] ?? ''))).join(','));
  return [COLUMNS.join(','), ...lines].join('\r\n') + '\r\n';
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
