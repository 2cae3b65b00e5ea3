import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { finishRecords, type Listed } from '../../../../src-shared/data/records.ts';
import { AppError } from '../../../../src-shared/errors.ts';

/** Beside a named data set's files: which image is of which class and split, as its authors' files say. */
const FILE = '.vitrine-dataset.json';

const schema = v.object({
  classNames: v.array(v.string()),
  /** Path relative to the folder, label. */
  splits: v.record(v.string(), v.array(v.tuple([v.string(), v.number()]))),
});

export type DatasetIndex = v.InferOutput<typeof schema>;

export async function writeIndex(folder: string, index: DatasetIndex): Promise<void> {
  await writeFile(join(folder, FILE), JSON.stringify(index));
}

export async function findIndex(root: string): Promise<string | null> {
  return readFile(join(root, FILE)).then(
    () => root,
    () => null,
  );
}

/** @throws AppError bad_dataset where it is not as it was written */
export async function readIndex(root: string): Promise<Listed> {
  const parsed = v.safeParse(schema, JSON.parse(await readFile(join(root, FILE), 'utf8')));
  if (!parsed.success)
    throw new AppError('bad_dataset', `${join(root, FILE)} is damaged.`, {
      hint: 'Remove the data set and add it again.',
    });
  const { classNames, splits } = parsed.output;
  const items = Object.entries(splits).map(
    ([split, rows]) => [split, rows.map(([name, label]) => ({ path: join(root, name), name, label }))] as const,
  );
  return finishRecords({ root, layout: 'table', classNames, splits: Object.fromEntries(items), notes: [] });
}
