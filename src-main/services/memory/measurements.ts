import type { MemoryEstimate, MemoryTask } from '../../../src-shared/contract/checkpoints.ts';
import type { Architecture } from '../../../src-shared/models/architecture.ts';
import type { Database } from '../../database/open.ts';

/** What measured steps are alike in: one learns from another. */
export interface MeasuredKind {
  device: MemoryEstimate['device']['kind'];
  family: Architecture['family'];
  /** Of the task, and what makes its step unlike others: `train recompute`. */
  mode: string;
  precision: MemoryTask['precision'];
}

export interface Measurement {
  architecture: Architecture;
  batch: number;
  /** Activations and workspace before any correction, and the same part of what was measured; bytes. */
  estimatedStep: number;
  measuredStep: number;
}

export interface Measurements {
  add(kind: MeasuredKind, measurement: Measurement): void;
  /** What the last measured steps of a kind say estimates must be multiplied by; null where there are none. */
  correction(kind: MeasuredKind): NonNullable<MemoryEstimate['correction']> | null;
}

/** Measurements that count: the newest, as engines change. */
const COUNTED = 20;
/** A factor beyond these says that something else was measured. */
const [LEAST, MOST] = [0.2, 5];

export function createMeasurements(database: Database): Measurements {
  const insert = database.prepare(
    `INSERT INTO memory_measurements
     (at, device, family, mode, precision, architecture, batch, estimated_step, measured_step)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  // Sums and not a mean of ratios: in large steps the constant parts, which are not sure, weigh little.
  const sums = database.prepare<unknown[], { estimated: number | null; measured: number; count: number }>(
    `SELECT sum(estimated_step) AS estimated, sum(measured_step) AS measured, count(*) AS count FROM
     (SELECT estimated_step, measured_step FROM memory_measurements
      WHERE device = ? AND family = ? AND mode = ? AND precision = ? ORDER BY id DESC LIMIT ${COUNTED})`,
  );
  return {
    add({ device, family, mode, precision }, { architecture, batch, estimatedStep, measuredStep }) {
      insert.run(
        new Date().toISOString(),
        device,
        family,
        mode,
        precision,
        JSON.stringify(architecture),
        batch,
        Math.round(estimatedStep),
        Math.round(measuredStep),
      );
    },
    correction({ device, family, mode, precision }) {
      const { estimated, measured, count } = sums.get(device, family, mode, precision)!;
      if (!estimated) return null;
      return { factor: Math.min(MOST, Math.max(LEAST, measured / estimated)), measurements: count };
    },
  };
}
