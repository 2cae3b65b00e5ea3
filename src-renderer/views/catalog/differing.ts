import type { CatalogCheckpoint } from '../../../src-shared/contract/catalog.ts';

/** What a person may compare checkpoints by, in the order it is shown. */
const FIELDS = [
  'collection',
  'family',
  'model',
  'kind',
  'ds',
  'epochs',
  'lr',
  'aug',
  'wd',
  'do',
  'sd',
  'bestVal',
  'finalVal',
  'finalTest',
  'adaptDs',
  'adaptLr',
  'adaptSteps',
  'resolution',
  'adaptFinalVal',
  'adaptFinalTest',
  'params',
  'imagesPerSecond',
  'sizeMiB',
  'numClasses',
  'evidence',
] as const satisfies readonly (keyof CatalogCheckpoint)[];

export interface Difference {
  field: (typeof FIELDS)[number];
  /** In the order of the rows; null is unknown. */
  values: (string | number | null)[];
}

/** The fields in which not all rows are alike. */
export function differing(rows: readonly CatalogCheckpoint[]): Difference[] {
  return FIELDS.map((field) => ({ field, values: rows.map((row) => row[field]) })).filter(
    ({ values }) => new Set(values).size > 1,
  );
}
