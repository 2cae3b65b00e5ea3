import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { ImageEdit } from '../../../../src-shared/data/edits.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { writeWhole } from '../write-file.ts';

const schema = v.object({
  version: v.literal(1),
  root: v.string(),
  edits: v.array(
    v.object({ split: v.string(), name: v.string(), class: v.nullable(v.string()), excluded: v.boolean() }),
  ),
});

/**
 * Where the edits of the data set at `root` lie: beside the library's data sets, never in the person's folder. Whoever
 * opens the folder finds them by its path, so a run, an evaluation and the command line see the same images.
 */
function editsFile(home: string, root: string): string {
  return join(home, 'datasets', '.edits', `${createHash('sha256').update(root).digest('hex').slice(0, 32)}.json`);
}

/** @throws AppError bad_file where they are there and can't be read: going on without them would be another data set */
export async function readEdits(home: string, root: string): Promise<ImageEdit[]> {
  const path = editsFile(home, root);
  try {
    const found = v.parse(schema, JSON.parse(await readFile(path, 'utf8')));
    return found.root === root ? found.edits : [];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new AppError('bad_file', `The changes to the images of ${root} can't be read from ${path}.`, {
      hint: 'Remove the file to go on without them.',
      cause: error,
    });
  }
}

/** Whole or not at all; without edits there is no file. */
export async function writeEdits(home: string, root: string, edits: readonly ImageEdit[]): Promise<void> {
  const path = editsFile(home, root);
  if (edits.length === 0) await rm(path, { force: true });
  else await writeWhole(path, `${JSON.stringify({ version: 1, root, edits }, null, 1)}\n`);
}
