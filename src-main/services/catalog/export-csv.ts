import type { CatalogCheckpoint } from '../../../src-shared/contract/catalog-rows.ts';
import { INDEX_COLUMNS } from './index-columns.ts';
import type { IndexColumn } from './index-columns.ts';

type Cell = string | number | boolean | null;

/** The index's columns, from a row of the catalog. */
const OF_INDEX: Readonly<Record<IndexColumn, (row: CatalogCheckpoint) => Cell>> = {
  name: (row) => row.model,
  ds: (row) => row.ds,
  epochs: (row) => row.epochs,
  lr: (row) => row.lr,
  aug: (row) => row.aug,
  wd: (row) => row.wd,
  do: (row) => row.do,
  sd: (row) => row.sd,
  best_val: (row) => row.bestVal,
  final_val: (row) => row.finalVal,
  final_test: (row) => row.finalTest,
  adapt_ds: (row) => row.adaptDs,
  adapt_lr: (row) => row.adaptLr,
  adapt_steps: (row) => row.adaptSteps,
  adapt_resolution: (row) => row.resolution,
  adapt_final_val: (row) => row.adaptFinalVal,
  adapt_final_test: (row) => row.adaptFinalTest,
  params: (row) => row.params,
  infer_samples_per_sec: (row) => row.imagesPerSecond,
  filename: (row) => row.pretraining,
  adapt_filename: (row) => row.name,
};

/** What the index hasn't. */
const MORE: Readonly<Record<string, (row: CatalogCheckpoint, note: string) => Cell>> = {
  collection: (row) => row.collection,
  family: (row) => row.family,
  kind: (row) => row.kind,
  size_mib: (row) => row.sizeMiB,
  num_classes: (row) => row.numClasses,
  evidence: (row) => row.evidence,
  starred: (row) => row.starred,
  tags: (row) => row.tags.join(' '),
  note: (_row, note) => note,
};

export interface CsvRow {
  readonly row: CatalogCheckpoint;
  readonly note: string;
}

/** Letters of a piece. */
const PIECE = 64 * 1024;

/**
 * Rows as CSV (RFC 4180: CR LF, quotes where needed), in pieces. Unknown is empty. A text that a spreadsheet would
 * take for a formula gets an apostrophe before it; no name of AugReg's begins like one, so an export with the index's
 * columns reads back as it was.
 */
export function* toCsv(rows: Iterable<CsvRow>, columns: 'all' | 'index'): Generator<string> {
  const all = columns === 'all';
  let piece = line([...INDEX_COLUMNS, ...(all ? Object.keys(MORE) : [])]);
  for (const { row, note } of rows) {
    const cells = INDEX_COLUMNS.map((column) => OF_INDEX[column](row));
    if (all) cells.push(...Object.values(MORE).map((cell) => cell(row, note)));
    piece += line(cells);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function line(cells: readonly Cell[]): string {
  return `${cells.map(asField).join(',')}\r\n`;
}

function asField(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
