import { existsSync, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { AppError } from '../../../src-shared/errors.ts';
import type { Library } from '../../app/library.ts';

/** Files that Vitrine opens by itself (electron-builder.yml names them to the system). */
const OPENED = ['.npz', '.safetensors'];

/** The files among a command line's words. Options and what doesn't exist are no files. */
export function filesAmong(words: readonly string[], cwd: string): string[] {
  return words
    .filter((word) => !word.startsWith('-') && OPENED.includes(extname(word).toLowerCase()))
    .map((word) => resolve(cwd, word))
    .filter((path) => existsSync(path) && statSync(path).isFile());
}

/**
 * Takes a checkpoint into the library where it lies, and tells where the window shows it.
 * @throws AppError as reading it does
 */
export async function addressOfFile(path: string, { checkpoints }: Pick<Library, 'checkpoints'>): Promise<string> {
  const { added, known, failed } = await checkpoints.import(path, { mode: 'link' });
  const found = added[0] ?? known[0];
  if (found) return `#/checkpoints/${found.id}`;
  const failure = failed[0]?.failure;
  throw new AppError('bad_file', failure?.message ?? `${basename(path)} is no checkpoint.`, {
    ...(failure?.hint ? { hint: failure.hint } : {}),
  });
}

/** Files that somebody opened before the library was, and what opens them then. */
export function createFileQueue(open: (path: string) => void): { add: (path: string) => void; begin: () => void } {
  let waiting: string[] | null = [];
  return {
    add(path) {
      if (waiting) waiting.push(path);
      else open(path);
    },
    begin() {
      const paths = waiting ?? [];
      waiting = null;
      paths.forEach(open);
    },
  };
}
