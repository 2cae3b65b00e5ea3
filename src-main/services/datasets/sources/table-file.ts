import { stat } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { plural } from '../../../../src-shared/data/file-names.ts';
import { recogniseTable } from '../../../../src-shared/data/layout-table.ts';
import type { Listing } from '../../../../src-shared/data/listing.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { eachLimited } from '../each-limited.ts';
import { readLabelFile } from '../label-files.ts';

/**
 * A labels file that is the data set itself: only the files that it names are looked for, below its own folder, so it
 * may lie among much else. @throws AppError bad_dataset for a table without paths and labels, or of no file there is
 */
export async function listTable(path: string): Promise<Listing> {
  const root = dirname(path);
  const table = await readLabelFile(root, basename(path));
  const columns = recogniseTable(table);
  if (columns === null)
    throw unusable(path, `it has no columns for path and label (it has ${table.columns.join(', ') || 'none'})`);
  if (table.rows.length === 0) throw unusable(path, 'it has no rows');
  const written = [...new Set(table.rows.map((row) => (row[columns.path] ?? '').trim()).filter((text) => text !== ''))];
  const files: string[] = [];
  await eachLimited(
    written,
    async (text) => {
      // What leads out of the folder is refused, by name, where the table is read.
      const name = relative(root, resolve(root, text.replaceAll('\\', '/'))).replaceAll(sep, '/');
      const found = name.startsWith('..') ? null : await stat(resolve(root, name)).catch(() => null);
      if (found?.isFile()) files.push(name);
    },
    { limit: 32 },
  );
  if (files.length === 0) throw unusable(path, `none of the ${plural(written.length, 'file')} that it names is there`);
  return { root, files, directories: [], tables: [table] };
}

function unusable(path: string, why: string): AppError {
  return new AppError('bad_dataset', `The labels file ${path} can't be used as a data set: ${why}.`, {
    hint: 'Its first line names the columns, such as "path,label" (optional: "split"); paths are relative to it.',
    details: { path },
  });
}
