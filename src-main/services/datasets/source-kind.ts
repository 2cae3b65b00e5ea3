import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Dataset } from '../../../src-shared/contract/datasets.ts';
import { extensionOf, TABLE_EXTENSIONS } from '../../../src-shared/data/file-names.ts';
import { AppError } from '../../../src-shared/errors.ts';

/** Files that are data sets themselves. */
const DATA_FILES = new Set([...TABLE_EXTENSIONS, 'parquet']);

/** What a path leads to, told by its name. @throws AppError not_found, bad_dataset for what is neither */
export async function kindOf(path: string): Promise<Dataset['source']> {
  const found = await stat(path).catch(() => null);
  if (found === null)
    throw new AppError('not_found', `There is no folder ${path}.`, { hint: 'Check the path.', details: { path } });
  if (found.isDirectory()) return 'folder';
  if (found.isFile() && extname(path).toLowerCase() === '.zip') return 'zip';
  if (found.isFile() && DATA_FILES.has(extensionOf(path))) return 'folder';
  throw new AppError(
    'bad_dataset',
    `${path} is neither a folder of images, nor a zip archive of one, nor a labels file.`,
    {
      hint: 'Give the folder that holds the images.',
      details: { path },
    },
  );
}
