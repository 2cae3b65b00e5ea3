import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a folder of the demo's run is: kept in it, so that an interrupted run goes on and a finished one makes way. */
export interface DemoMark {
  /** Of what went into the run. */
  recipe: string;
  /** Its report is written. */
  finished: boolean;
}

const MARK = 'demo.json';

/** Null where there is none, or where a kill cut it short: the run then begins anew. */
export async function readMark(run: string): Promise<DemoMark | null> {
  const text = await readFile(join(run, MARK), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return 'null';
    throw error;
  });
  try {
    return JSON.parse(text) as DemoMark | null;
  } catch {
    return null;
  }
}

export async function writeMark(run: string, mark: DemoMark): Promise<void> {
  await writeFile(join(run, MARK), `${JSON.stringify(mark)}\n`);
}

/** SHA-256 of files and flags. */
export async function recipeHash(files: readonly string[], flags: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  return hash.update(flags.join('\n')).digest('hex');
}

/** PNG files below a folder; 0 where it does not exist. */
export async function countImages(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => name.endsWith('.png')).length;
}
