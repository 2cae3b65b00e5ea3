import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../../src-shared/errors.ts';

/**
 * Writes files that belong together: each to a temporary name beside its place, synced, and renamed only when all are
 * complete, in the order given. After a failure nothing has changed and no temporary file is left.
 * Throws AppError `disk_full`, `not_found` or `bad_file`.
 */
export async function writeTogether(files: readonly { path: string; chunks: Iterable<string> }[]): Promise<void> {
  const temporary = (path: string): string => join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  let current = '';
  try {
    for (const { path, chunks } of files) {
      current = path;
      await mkdir(dirname(path), { recursive: true });
      await refuseDirectory(path);
      await writeSynced(temporary(path), chunks);
    }
    for (const { path } of files) {
      current = path;
      await rename(temporary(path), path);
    }
  } catch (error) {
    await Promise.all(files.map(({ path }) => rm(temporary(path), { force: true }).catch(() => undefined)));
    throw diskError(error, current);
  }
}

async function refuseDirectory(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (!found?.isDirectory()) return;
  throw new AppError('bad_file', `${path} is a folder, so the report can't be written there.`, {
    hint: 'Remove it, or choose another folder with --report.',
    details: { path },
  });
}

async function writeSynced(path: string, chunks: Iterable<string>): Promise<void> {
  const file = await open(path, 'w');
  try {
    let pending: string[] = [];
    let length = 0;
    for (const chunk of chunks) {
      pending.push(chunk);
      length += chunk.length;
      if (length < 1 << 20) continue;
      await file.appendFile(pending.join(''));
      pending = [];
      length = 0;
    }
    await file.appendFile(pending.join(''));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** An operating system's error as the product's own; others are returned as they are. */
export function diskError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (error instanceof AppError || typeof code !== 'string') return error;
  const details = { path, code };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('disk_full', `The disk is full: ${path} could not be written.`, {
      hint: 'Free some space and run the evaluation again; nothing was changed.',
      details,
      cause: error,
    });
  }
  const reason = (error as Error).message.split(',')[0]!;
  return new AppError(code === 'ENOENT' ? 'not_found' : 'bad_file', `${path} could not be written: ${reason}.`, {
    hint: 'Check that the folder exists and may be written to.',
    details,
    cause: error,
  });
}
