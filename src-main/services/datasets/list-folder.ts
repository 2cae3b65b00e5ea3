import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compareCodePoints } from '../../../src-shared/data/dataset.ts';
import { extensionOf, isHiddenSegment, TABLE_EXTENSIONS } from '../../../src-shared/data/file-names.ts';
import type { LabelTable, Listing } from '../../../src-shared/data/listing.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { readLabelFile } from './label-files.ts';

/** Links to folders followed one below another; more is a maze. */
const MAX_LINKS = 2;
const MAX_DEPTH = 40;

/** Everything below a folder. Links are followed, loops are not; hidden and system files are left out. */
export async function listFolder(root: string, signal?: AbortSignal): Promise<Listing> {
  const files: string[] = [];
  const directories: string[] = [];
  const visit = async (name: string, chain: readonly string[], links: number): Promise<void> => {
    if (signal?.aborted) throw new AppError('interrupted', 'Reading the data set was interrupted.');
    const entries = await readdir(join(root, name), { withFileTypes: true }).catch((error: unknown) => {
      throw new AppError('bad_dataset', `The folder ${join(root, name)} can't be read.`, {
        hint: 'Check its permissions.',
        cause: error,
      });
    });
    for (const entry of entries) {
      if (isHiddenSegment(entry.name)) continue;
      const child = name === '' ? entry.name : `${name}/${entry.name}`;
      const isLink = entry.isSymbolicLink();
      const isFolder =
        entry.isDirectory() || (isLink && (await stat(join(root, child)).catch(() => null))?.isDirectory() === true);
      if (!isFolder) {
        // A broken link stays a file: the check says that it can't be read.
        if (entry.isFile() || isLink) files.push(child);
        continue;
      }
      const real = await realpath(join(root, child));
      if (chain.includes(real) || links + Number(isLink) > MAX_LINKS || chain.length > MAX_DEPTH) continue;
      directories.push(child);
      await visit(child, [...chain, real], links + Number(isLink));
    }
  };
  await visit('', [await realpath(root)], 0);
  return { root, files, directories, tables: await readTables(root, files) };
}

/** Labels files at the root, in its folders, and one deeper (an archive's wrapping folder). */
async function readTables(root: string, files: readonly string[]): Promise<LabelTable[]> {
  const names = files.filter((name) => TABLE_EXTENSIONS.has(extensionOf(name)) && name.split('/').length <= 3);
  const tables: LabelTable[] = [];
  for (const name of names.sort(compareCodePoints)) tables.push(await readLabelFile(root, name));
  return tables;
}
