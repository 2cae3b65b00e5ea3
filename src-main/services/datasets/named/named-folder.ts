import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { howToAdd, isDatasetName } from '../../../../src-shared/data/named.ts';
import { AppError } from '../../../../src-shared/errors.ts';

/** Where the library's data sets lie. */
export function datasetsFolder(home: string): string {
  return join(home, 'datasets');
}

/** Says where a data set lies that the person has prepared. */
export function pointerFile(home: string, name: string): string {
  return join(datasetsFolder(home), `${name}.path`);
}

/**
 * What is given by a name, where it is one and no file or folder of that name is here; other things as they are.
 * @throws AppError not_found for a data set that the library hasn't got
 */
export async function namedFolder(given: string, home: string): Promise<string> {
  const path = resolve(given);
  if (!isDatasetName(given) || existsSync(path)) return path;
  const folder = join(datasetsFolder(home), given);
  if (existsSync(folder)) return folder;
  const pointed = await readFile(pointerFile(home, given), 'utf8').catch(() => null);
  if (pointed !== null) return pointed.trim();
  throw new AppError('not_found', `The data set ${given} is not in the library.`, {
    hint: howToAdd(given),
    details: { name: given },
  });
}
