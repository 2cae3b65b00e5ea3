import type { Download } from '../../../src-shared/contract/downloads.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { QueueRow } from './queue-table.ts';
import { shownAddress } from './source.ts';
import { Speedometer } from './speedometer.ts';

/** A download of this process: its row, and what only holds while it runs. */
export interface DownloadJob {
  row: QueueRow;
  note: string | null;
  speed: Speedometer;
  /** While it runs: what stops it, and when it has. */
  running: { abort: AbortController; ended: Promise<void> } | null;
  /** May be started by this process. */
  wanted: boolean;
  /** When it was told about last, ms. */
  toldAt: number;
  /** Tells of what came too soon after that, or of nothing having come. */
  telling: NodeJS.Timeout | undefined;
  savedAt: number;
}

export function newJob(row: QueueRow, wanted: boolean): DownloadJob {
  return {
    row,
    note: null,
    speed: new Speedometer(),
    running: null,
    wanted,
    toldAt: 0,
    telling: undefined,
    savedAt: 0,
  };
}

/** A download as it is told to others. */
export function viewOf({ row, note, speed, running }: DownloadJob, checkpoint: number | null): Download {
  const isMoving = row.state === 'running' && running !== null;
  const rate = isMoving ? speed.bytesPerSecond() : null;
  const left = row.total === null ? null : row.total - row.bytes;
  const { sources, ...rest } = row;
  return {
    ...rest,
    note,
    sources: sources.map(({ url, kind }) => ({ address: shownAddress(url), kind })),
    bytesPerSecond: rate,
    etaSeconds: rate === null || left === null || rate <= 0 ? null : left / rate,
    checkpoint: row.state === 'done' ? checkpoint : null,
  };
}

export function failureOf(error: unknown): NonNullable<Download['failure']> {
  if (!(error instanceof AppError)) return { code: 'internal', message: String(error) };
  const { code, message, hint } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}
