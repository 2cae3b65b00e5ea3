import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { extensionOf } from '../../../src-shared/data/file-names.ts';
import { recogniseTable } from '../../../src-shared/data/layout-table.ts';
import type { LabelTable } from '../../../src-shared/data/listing.ts';
import { AppError } from '../../../src-shared/errors.ts';

/** Larger ones are left alone: this is some 5 million rows. */
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Reads a labels file: CSV (commas, semicolons or tabs), TSV or JSON lines; UTF-8 or UTF-16 with a byte order mark.
 * One whose columns say nothing of paths and labels comes back without rows. Throws bad_dataset with the line.
 */
export async function readLabelFile(root: string, name: string): Promise<LabelTable> {
  const path = join(root, name);
  if ((await stat(path)).size > MAX_BYTES) return { name, columns: [], rows: [] };
  const text = decodeText(await readFile(path));
  return /jsonl$|ndjson$/.test(extensionOf(name)) ? readJsonLines(name, text) : readSeparated(name, text);
}

function decodeText(bytes: Buffer): string {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(wide ? 'utf-16le' : 'utf-8').decode(bytes); // drops the byte order mark
}

function readSeparated(name: string, text: string): LabelTable {
  const firstLine = /^[^\r\n]*/.exec(text)![0];
  const count = (separator: string) => firstLine.split(separator).length;
  const delimiter = [',', ';', '\t'].reduce((best, d) => (count(d) > count(best) ? d : best));
  const settings = { delimiter, skip_empty_lines: true, trim: true, relax_column_count: true };
  let columns: string[];
  try {
    columns = parse(text, { ...settings, to: 1 })[0] ?? [];
  } catch {
    columns = [];
  }
  if (recogniseTable({ columns }) === null) return { name, columns, rows: [] };
  try {
    const records: string[][] = parse(text, settings);
    return { name, columns, rows: records.slice(1).map((values) => recordOf(columns, values)) };
  } catch (error) {
    throw broken(name, error);
  }
}

function recordOf(columns: readonly string[], values: readonly string[]): Record<string, string> {
  // The first of two columns with one name counts.
  return Object.fromEntries(columns.map((column, i): [string, string] => [column, values[i] ?? '']).reverse());
}

function readJsonLines(name: string, text: string): LabelTable {
  const rows: Record<string, string>[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      if (rows.length === 0) return { name, columns: [], rows: [] };
      throw broken(name, new Error(`line ${i + 1}: ${error instanceof Error ? error.message : String(error)}`));
    }
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return { name, columns: [], rows: [] };
    const scalars = Object.entries(value).filter(([, v]) => ['string', 'number', 'boolean'].includes(typeof v));
    rows.push(Object.fromEntries(scalars.map(([key, v]) => [key, String(v)])));
  }
  const columns = Object.keys(rows[0] ?? {});
  return recogniseTable({ columns }) === null ? { name, columns, rows: [] } : { name, columns, rows };
}

function broken(name: string, cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AppError('bad_dataset', `The labels file "${name}" can't be read: ${reason}.`, {
    hint: 'Write it as CSV with a header line, or as JSON lines.',
    details: { file: name },
    cause,
  });
}
