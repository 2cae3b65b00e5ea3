import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { AppError } from '../../../src-shared/errors.ts';
import { isAlive, ownIdentity } from '../../workers/process-liveness.ts';

/** The file's content. It holds the token, so only its owner may read it (mode 0600). */
const holderSchema = v.object({
  pid: v.number(),
  machine: v.string(),
  started: v.string(),
  kind: v.picklist(['serve', 'electron']),
  /** ISO 8601. */
  since: v.string(),
  /** Of this holding alone: one process may hold twice within a millisecond, after the first lock was lost. */
  id: v.optional(v.string(), ''),
  /** Where the holder answers, such as http://127.0.0.1:7848; null until it listens. */
  address: v.nullable(v.string()),
  token: v.nullable(v.string()),
});

/** The host that holds a library. */
export type Holder = v.InferOutput<typeof holderSchema>;

export interface HeldLibrary {
  /** Tells the command line where to ask. */
  announce: (where: { address: string; token: string }) => void;
  /** Lets go; a second call does nothing. */
  release: () => void;
}

/**
 * Takes the library for this process, a host that stays. A lock that a killed host left is taken over.
 * @throws AppError conflict, saying who holds it; bad_file, disk_full where the lock can't be written
 */
export function holdLibrary(path: string, kind: Holder['kind']): HeldLibrary {
  const me: Holder = {
    ...ownIdentity(),
    kind,
    since: new Date().toISOString(),
    id: randomUUID(),
    address: null,
    token: null,
  };
  const mine = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    try {
      write(mine, me);
      take(path, mine);
    } finally {
      rmSync(mine, { force: true });
    }
  } catch (error) {
    throw writeFailure(error, path);
  }
  let held = true;
  return {
    announce(where) {
      write(mine, { ...me, ...where });
      renameSync(mine, path);
    },
    release() {
      // Only one's own: a folder that was moved away and back may carry another's.
      if (held && parse(readText(path))?.id === me.id) rmSync(path, { force: true });
      held = false;
    },
  };
}

/** The living host that holds a library, or null. */
export function holderOf(path: string): Holder | null {
  const holder = parse(readText(path));
  return holder && isAlive(holder) ? holder : null;
}

function take(path: string, mine: string): void {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      return giveName(mine, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const text = readText(path);
    const holder = parse(text);
    if (holder && isAlive(holder)) throw heldBy(holder, path);
    takeAway(path, text);
  }
  throw new AppError('conflict', `${path} could not be taken.`, { hint: 'Another host is starting; try again.' });
}

/** Gives a file a second name where there is none of it: whole, so that nobody reads half a lock. Throws EEXIST. */
function giveName(file: string, path: string): void {
  try {
    linkSync(file, path);
  } catch (error) {
    // FAT and some network file systems have no hard links.
    if (!/^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EMLINK)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
    copyFileSync(file, path, constants.COPYFILE_EXCL);
  }
}

/** Removes a stale lock, but not the one that somebody quicker has just put in its place. */
function takeAway(path: string, stale: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readText(aside) !== stale) giveName(aside, path);
  rmSync(aside, { force: true });
}

function heldBy({ pid, machine, kind, since, address }: Holder, path: string): AppError {
  const what = kind === 'electron' ? 'the desktop app' : 'vitrine serve';
  const where = address === null ? '' : ` at ${address}`;
  const here = machine === hostname();
  return new AppError(
    'conflict',
    `The library is held by ${what}${where} (process ${pid}${here ? '' : ` on ${machine}`}, since ${since}).`,
    {
      hint: here
        ? 'Use that one, stop it first, or choose another library with VITRINE_HOME.'
        : `Stop it there first. Where that process is surely gone, remove ${path}.`,
      details: { pid, machine, kind, address, since },
    },
  );
}

function write(path: string, holder: Holder): void {
  writeFileSync(path, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  chmodSync(path, 0o600); // the mode above counts for a new file only
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Null for what is no lock of ours: a file damaged by a crash of the machine. */
function parse(text: string): Holder | null {
  try {
    return v.parse(holderSchema, JSON.parse(text));
  } catch {
    return null;
  }
}

function writeFailure(error: unknown, path: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof AppError || typeof code !== 'string') return error;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new AppError('disk_full', `The disk is full: ${path} could not be written.`, {
      hint: 'Free some space.',
      cause: error,
    });
  return new AppError('bad_file', `${path} can't be written: ${message}.`, {
    hint: 'Check that the folder may be written, or choose another with VITRINE_HOME.',
    details: { path },
    cause: error,
  });
}
