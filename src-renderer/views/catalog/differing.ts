import { COMPARED, type CatalogCheckpoint } from '../../../src-shared/contract/catalog-rows.ts';

export interface Difference {
  field: (typeof COMPARED)[number];
  /** In the order of the rows; null is unknown. */
  values: (string | number | null)[];
}

/** The fields in which not all rows are alike. */
export function differing(rows: readonly CatalogCheckpoint[]): Difference[] {
  return COMPARED.map((field) => ({ field, values: rows.map((row) => row[field]) })).filter(
    ({ values }) => new Set(values).size > 1,
  );
}
