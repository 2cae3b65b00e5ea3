import type { Database } from '../../database/open.ts';
import { columnOf, expanded } from './column.ts';
import type { Column, Value } from './column.ts';

/** Those a row has from its pre-training, with SQL's names of them. */
const OF_PRETRAINING = {
  pretraining: 'name',
  collection: 'collection',
  family: 'family',
  model: 'model',
  ds: 'ds',
  epochs: 'epochs',
  lr: 'lr',
  aug: 'aug',
  wd: 'wd',
  do: '"do"',
  sd: 'sd',
  bestVal: 'best_val',
  finalVal: 'final_val',
  finalTest: 'final_test',
} as const;

const OF_CHECKPOINT = {
  kind: 'kind',
  adaptDs: 'adapt_ds',
  adaptLr: 'adapt_lr',
  adaptSteps: 'adapt_steps',
  resolution: 'adapt_resolution',
  adaptFinalVal: 'adapt_final_val',
  adaptFinalTest: 'adapt_final_test',
  params: 'params',
  imagesPerSecond: 'infer_samples_per_sec',
  sizeMiB: 'size_mib',
  numClasses: 'num_classes',
  evidence: 'evidence',
} as const;

/** Fields of a row but its name and what a person added. */
export type Field = keyof typeof OF_PRETRAINING | keyof typeof OF_CHECKPOINT;
export const FIELDS = [...Object.keys(OF_PRETRAINING), ...Object.keys(OF_CHECKPOINT)] as Field[];

/** Every checkpoint as columns in memory: what SQLite says, in the order of the names. */
export interface ReadModel {
  readonly revision: number;
  readonly names: readonly string[];
  readonly columns: Readonly<Record<Field, Column>>;
  /** Numbers in `catalog_text` of each row's texts: its pre-training's, its fine-tuning's, its own; 0 is none. */
  readonly texts: readonly [Uint32Array, Uint32Array, Uint32Array];
  /** The largest number there is in `catalog_text`. */
  readonly lastText: number;
}

/** Reads the whole catalog: one statement for pre-trainings, one for checkpoints. */
export function readModel(database: Database, revision: number): ReadModel {
  const ofPretraining = database
    .prepare(`SELECT id, text, ${Object.values(OF_PRETRAINING).join(', ')} FROM catalog_pretraining`)
    .raw()
    .all() as Value[][];
  const rows = database
    .prepare(
      `SELECT name, pretraining, text, own_text, ${Object.values(OF_CHECKPOINT).join(', ')} FROM catalog_checkpoint ORDER BY name`,
    )
    .raw()
    .all() as Value[][];

  const placeOf = new Map(ofPretraining.map(([id], place) => [id!, place]));
  const places = Uint32Array.from(rows, (row) => placeOf.get(row[1]!)!);
  const columns = {} as Record<Field, Column>;
  Object.keys(OF_PRETRAINING).forEach((field, i) => {
    columns[field as Field] = expanded(columnOf(ofPretraining, i + 2), places);
  });
  Object.keys(OF_CHECKPOINT).forEach((field, i) => (columns[field as Field] = columnOf(rows, i + 4)));
  return {
    revision,
    names: rows.map(([name]) => name as string),
    columns,
    texts: [
      Uint32Array.from(places, (place) => ofPretraining[place]![1] as number),
      Uint32Array.from(rows, (row) => (row[2] ?? 0) as number),
      Uint32Array.from(rows, (row) => (row[3] ?? 0) as number),
    ],
    lastText: (database.prepare('SELECT max(rowid) FROM catalog_text').pluck().get() as number | null) ?? 0,
  };
}

/** The place of a name in the model, or where it would be, as `-place - 1`. */
export function placeOfName({ names }: ReadModel, name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (names[middle]! < name) low = middle + 1;
    else high = middle;
  }
  return names[low] === name ? low : -low - 1;
}
