import type { Evidence, Kind } from '../../../src-shared/models/collections/release.ts';
import type { Database } from '../../database/open.ts';

/** Columns of a pre-training, as the index has them. Null is unknown. */
export interface PretrainingRow {
  readonly name: string;
  readonly collection: string;
  readonly family: string;
  readonly model: string;
  readonly ds: string | null;
  readonly epochs: number | null;
  readonly lr: number | null;
  readonly aug: string | null;
  readonly wd: number | null;
  readonly do: number | null;
  readonly sd: number | null;
  readonly bestVal: number | null;
  readonly finalVal: number | null;
  readonly finalTest: number | null;
  readonly sizeMiB: number | null;
  readonly evidence: Evidence;
  readonly text: number;
}

export interface CheckpointRow {
  readonly name: string;
  /** id */
  readonly pretraining: number;
  readonly kind: Kind;
  readonly adaptDs: string | null;
  readonly adaptLr: number | null;
  readonly adaptSteps: number | null;
  readonly resolution: number | null;
  readonly adaptFinalVal: number | null;
  readonly adaptFinalTest: number | null;
  readonly params: number | null;
  readonly imagesPerSecond: number | null;
  readonly sizeMiB: number | null;
  readonly numClasses: number | null;
  readonly evidence: Evidence;
  readonly text: number | null;
  readonly ownText: number | null;
}

export interface RowWriter {
  /** One of the same name is replaced in place. @returns the row's id */
  pretraining(row: PretrainingRow): number;
  checkpoint(row: CheckpointRow): void;
  /** The figures and evidence of the row with this id, whose other columns are the same: no index is touched. */
  figures(id: number, row: CheckpointRow): void;
}

const PRETRAINING = [
  'name',
  'collection',
  'family',
  'model',
  'ds',
  'epochs',
  'lr',
  'aug',
  'wd',
  '"do"',
  'sd',
  'best_val',
  'final_val',
  'final_test',
  'size_mib',
  'evidence',
  'text',
];
const CHECKPOINT = [
  'name',
  'pretraining',
  'kind',
  'adapt_ds',
  'adapt_lr',
  'adapt_steps',
  'adapt_resolution',
  'adapt_final_val',
  'adapt_final_test',
  'params',
  'infer_samples_per_sec',
  'size_mib',
  'num_classes',
  'evidence',
  'text',
  'own_text',
];

export function rowWriter(database: Database): RowWriter {
  const updates = PRETRAINING.slice(1).map((column) => `${column} = excluded.${column}`);
  const pretraining = database
    .prepare(
      `${insert('catalog_pretraining', PRETRAINING)} ON CONFLICT (name) DO UPDATE
       SET ${updates.join(', ')} RETURNING id`,
    )
    .pluck();
  const checkpoint = database.prepare(insert('catalog_checkpoint', CHECKPOINT));
  const figures = database.prepare(
    `UPDATE catalog_checkpoint SET adapt_final_val = ?, adapt_final_test = ?, params = ?, infer_samples_per_sec = ?,
       evidence = ? WHERE id = ?`,
  );
  return {
    pretraining: (row) => pretraining.get(...pretrainingValues(row)) as number,
    checkpoint: (row) => void checkpoint.run(...checkpointValues(row)),
    figures: (id, row) =>
      void figures.run(row.adaptFinalVal, row.adaptFinalTest, row.params, row.imagesPerSecond, row.evidence, id),
  };
}

type Values = (string | number | null)[];

function pretrainingValues(row: PretrainingRow): Values {
  return [
    row.name,
    row.collection,
    row.family,
    row.model,
    row.ds,
    row.epochs,
    row.lr,
    row.aug,
    row.wd,
    row.do,
    row.sd,
    row.bestVal,
    row.finalVal,
    row.finalTest,
    row.sizeMiB,
    row.evidence,
    row.text,
  ];
}

function checkpointValues(row: CheckpointRow): Values {
  return [
    row.name,
    row.pretraining,
    row.kind,
    row.adaptDs,
    row.adaptLr,
    row.adaptSteps,
    row.resolution,
    row.adaptFinalVal,
    row.adaptFinalTest,
    row.params,
    row.imagesPerSecond,
    row.sizeMiB,
    row.numClasses,
    row.evidence,
    row.text,
    row.ownText,
  ];
}

function insert(table: string, columns: readonly string[]): string {
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
}
