import { lstat, opendir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CacheName, Cleaned, StoragePart } from '../../../src-shared/contract/library.ts';
import type { LibraryPaths } from './service.ts';

/** How often a part that takes long says how far it is, ms. */
const TELL_EVERY = 250;
/** Files whose sizes are asked for at a time. */
const AT_ONCE = 64;

type Kind = StoragePart['kind'];

const KINDS: Readonly<Record<string, Kind>> = {
  checkpoints: 'checkpoints',
  datasets: 'datasets',
  runs: 'runs',
  reports: 'reports',
  uploads: 'uploads',
  engines: 'engines',
  'library.db': 'database',
  'library.db-wal': 'database',
  'library.db-shm': 'database',
};

/**
 * What lies in the library's folder and how much it takes, each part as it is counted; links are counted as links. A
 * file that goes meanwhile counts nothing. Ends early with the signal.
 */
export async function* measureStorage(
  { home, cache }: Pick<LibraryPaths, 'home' | 'cache'>,
  signal: AbortSignal,
): AsyncGenerator<StoragePart, void> {
  const top = (await names(home)).map((name) => join(home, name)).filter((path) => path !== cache);
  const caches = (await names(cache)).map((name) => join(cache, name));
  for (const path of top) yield* measure({ kind: KINDS[basename(path)] ?? 'other', cache: null, path }, signal);
  for (const path of caches) yield* measure({ kind: 'cache', cache: basename(path), path }, signal);
}

async function names(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [] as string[])).sort();
}

async function* measure(
  part: Pick<StoragePart, 'kind' | 'cache' | 'path'>,
  signal: AbortSignal,
): AsyncGenerator<StoragePart, void> {
  let files = 0;
  let bytes = 0;
  let told = performance.now();
  for await (const sizes of fileSizes(part.path)) {
    if (signal.aborted) return;
    files += sizes.length;
    bytes += sizes.reduce((sum, size) => sum + size, 0);
    if (performance.now() - told < TELL_EVERY) continue;
    told = performance.now();
    yield { ...part, files, bytes, complete: false };
  }
  yield { ...part, files, bytes, complete: true };
}

/** Sizes of every file below a path, or of the file that it is, some at a time. */
async function* fileSizes(path: string): AsyncGenerator<number[], void> {
  const sizeOf = (file: string): Promise<number> =>
    lstat(file).then(
      ({ size }) => size,
      () => 0,
    );
  let waiting: string[] = [];
  const entries = await opendir(path, { recursive: true }).catch(() => null);
  if (entries === null) {
    yield [await sizeOf(path)];
    return;
  }
  try {
    for await (const entry of entries) {
      if (entry.isDirectory()) continue;
      waiting.push(join(entry.parentPath, entry.name));
      if (waiting.length < AT_ONCE) continue;
      yield await Promise.all(waiting.map(sizeOf));
      waiting = [];
    }
  } catch (error) {
    // A folder that went while it was read.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (waiting.length > 0) yield await Promise.all(waiting.map(sizeOf));
}

/** Deletes caches: out of the way first, by renaming, so that nobody finds half of one. @returns what was there */
export async function cleanCaches(
  { cache }: Pick<LibraryPaths, 'cache'>,
  caches: readonly CacheName[],
): Promise<Cleaned[]> {
  const cleaned: Cleaned[] = [];
  for (const name of new Set(caches)) {
    const path = join(cache, name);
    const aside = join(cache, `.${name}.${process.pid}.gone`);
    const moved = await rename(path, aside).then(
      () => true,
      () => false,
    );
    let [files, bytes] = [0, 0];
    if (moved) {
      for await (const sizes of fileSizes(aside)) {
        files += sizes.length;
        bytes += sizes.reduce((sum, size) => sum + size, 0);
      }
      await rm(aside, { recursive: true, force: true });
    }
    cleaned.push({ cache: name, files, bytes });
  }
  return cleaned;
}
