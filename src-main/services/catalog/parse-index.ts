import { AppError } from '../../../src-shared/errors.ts';
import { fieldsOf } from './csv-line.ts';
import { INDEX_COLUMNS } from './index-columns.ts';
import type { IndexColumn, IndexRow, NumberColumn, TextColumn } from './index-columns.ts';
import { readLines } from './read-lines.ts';

/** Rows of an index: the real one has 51,509. */
const MAX_ROWS = 1_000_000;
/** Letters of a name, as the contract takes them. */
const MAX_NAME = 512;
/** Numbers as pandas writes them. */
const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** A column's value: printable ASCII. */
const PRINTABLE = /^[\x20-\x7e]+$/;
/** The name of a file, and nothing that leads elsewhere. */
const FILE_NAME = /^[A-Za-z0-9][\w.+-]*$/;

/**
 * Reads an index.csv: the 21 columns in any order, each row whole, each number finite, each adapt_filename once. Every
 * fault is the whole file's: nothing of it is taken.
 * @throws AppError bad_file with line and reason
 */
export async function parseIndex(pieces: AsyncIterable<Uint8Array>, source: string): Promise<IndexRow[]> {
  const rows: IndexRow[] = [];
  const seen = new Set<string>();
  let places: Places | undefined;
  let number = 0;
  let ended = false;
  for await (const lines of readLines(pieces, source)) {
    for (const line of lines) {
      number++;
      const fail: Fail = (what) => fault(source, number, what);
      if (!places) {
        places = placesOf(line.replace(/^\ufeff/, ''), fail);
        continue;
      }
      // Empty lines are an end; what comes behind one is not a row.
      if (line === '') {
        ended = true;
        continue;
      }
      if (ended) throw fail('something stands behind an empty line');
      const row = rowOf(line, places, fail);
      if (seen.has(row.adapt_filename)) throw fail(`adapt_filename ${row.adapt_filename} was there before`);
      seen.add(row.adapt_filename);
      rows.push(row);
      if (rows.length > MAX_ROWS) throw fail(`there are more than ${MAX_ROWS.toLocaleString('en')} rows`);
    }
  }
  if (rows.length === 0) throw fault(source, Math.max(number, 1), 'there are no rows');
  return rows;
}

function placesOf(line: string, fail: Fail): Places {
  const fields = fieldsOf(line);
  if (typeof fields === 'string') throw fail(fields);
  const missing = INDEX_COLUMNS.filter((column) => !fields.includes(column));
  const unknown = fields.filter((field) => !(INDEX_COLUMNS as readonly string[]).includes(field));
  if (missing.length === 0 && unknown.length === 0 && fields.length === INDEX_COLUMNS.length) {
    return Object.fromEntries(INDEX_COLUMNS.map((column) => [column, fields.indexOf(column)])) as Places;
  }
  const parts = [
    ...(missing.length > 0 ? [`missing ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`unknown ${unknown.slice(0, 5).map(quoted).join(', ')}`] : []),
    ...(missing.length + unknown.length === 0 ? ['one is there twice'] : []),
  ];
  throw fail(`these are not the 21 columns of the index (${parts.join('; ')})`);
}

type Fail = (what: string) => AppError;

/** Where each column stands in a line. */
type Places = Readonly<Record<IndexColumn, number>>;

/** Written out, so that every row is an object of the one shape: a third of the time of one made in a loop. */
function rowOf(line: string, at: Places, fail: Fail): IndexRow {
  const fields = fieldsOf(line);
  if (typeof fields === 'string') throw fail(fields);
  if (fields.length !== INDEX_COLUMNS.length) throw fail(`${fields.length} fields instead of ${INDEX_COLUMNS.length}`);
  const isPlain = PRINTABLE.test(line); // once for all of them
  const text = (column: TextColumn): string => {
    const field = fields[at[column]]!;
    return isPlain && field !== '' ? field : textOf(field, column, fail);
  };
  const number = (column: NumberColumn): number | null => numberOf(fields[at[column]]!, column, fail);
  return {
    name: text('name'),
    ds: text('ds'),
    epochs: number('epochs'),
    lr: number('lr'),
    aug: text('aug'),
    wd: number('wd'),
    do: number('do'),
    sd: number('sd'),
    best_val: number('best_val'),
    final_val: number('final_val'),
    final_test: number('final_test'),
    adapt_ds: text('adapt_ds'),
    adapt_lr: number('adapt_lr'),
    adapt_steps: whole(number('adapt_steps'), 'adapt_steps', fail),
    adapt_resolution: whole(number('adapt_resolution'), 'adapt_resolution', fail),
    adapt_final_val: number('adapt_final_val'),
    adapt_final_test: number('adapt_final_test'),
    params: whole(number('params'), 'params', fail),
    infer_samples_per_sec: number('infer_samples_per_sec'),
    filename: fileName(text('filename'), 'filename', fail),
    adapt_filename: fileName(text('adapt_filename'), 'adapt_filename', fail),
  };
}

function textOf(field: string, column: IndexColumn, fail: Fail): string {
  if (PRINTABLE.test(field)) return field;
  throw fail(field === '' ? `${column} is empty` : `${column} is ${quoted(field)}, not plain text`);
}

function numberOf(field: string, column: IndexColumn, fail: Fail): number | null {
  if (field === '') return null;
  const value = NUMBER.test(field) ? Number(field) : Number.NaN;
  if (!Number.isFinite(value)) throw fail(`${column} is ${quoted(field)}, not a number`);
  return value;
}

function whole(value: number | null, column: IndexColumn, fail: Fail): number | null {
  if (value !== null && !Number.isSafeInteger(value)) throw fail(`${column} is ${value}, not a whole number`);
  return value;
}

function fileName(text: string, column: IndexColumn, fail: Fail): string {
  if (!FILE_NAME.test(text) || text.length > MAX_NAME) {
    throw fail(`${column} is ${quoted(text)}, not the name of a file`);
  }
  return text;
}

/** Text from a file, shortened, without anything a terminal would act on. */
function quoted(text: string): string {
  const shown = text.slice(0, 40).replace(/[^\x20-\x7e]/g, '\ufffd');
  return `"${shown}${text.length > 40 ? '…' : ''}"`;
}

function fault(source: string, line: number, what: string): AppError {
  return new AppError('bad_file', `${source}, line ${line}: ${what}.`, {
    hint: 'The catalog is as it was. Expected: the index.csv of gs://vit_models/augreg, with its 21 columns.',
    details: { source, line },
  });
}
