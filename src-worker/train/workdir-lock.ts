import {
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { AppError } from '../../src-shared/errors.ts';
import { writeError } from '../checkpoints/stage-file.ts';
import { isRunning } from '../is-running.ts';
import { socketPath } from './run-socket.ts';

interface Owner {
  pid: number;
  host: string;
  /** When the process began, as the system counts it: a pid alone may have been given again. */
  started: string;
  /** Where it listens for control; none where the system gives no place. */
  socket?: string;
}

const FILE = 'lock.json';

/**
 * Takes a workdir for this process; makes the folder where there is none. A lock left by a process that is gone
 * (killed, power cut) is taken over.
 * @returns where this process is to listen, as the lock says; and what releases the lock: a folder that was made for it
 * and is still empty goes too.
 * @throws AppError `conflict` when a living process has it; bad_file, disk_full when nothing can be written there.
 */
export function lockWorkdir(workdir: string): { socket: string | null; unlock: () => void } {
  const path = join(workdir, FILE);
  if (statSync(workdir, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new AppError('bad_file', `${workdir} is a file, not a folder.`, { hint: 'Choose another --workdir.' });
  try {
    const made = mkdirSync(workdir, { recursive: true });
    const socket = socketPath(workdir);
    acquire(workdir, path, socket);
    return {
      socket,
      unlock: () => {
        rmSync(path, { force: true });
        if (made !== undefined) removeEmpty(workdir, made);
      },
    };
  } catch (error) {
    throw writeError(error, path);
  }
}

function acquire(workdir: string, path: string, socket: string | null): void {
  const mine = `${path}.${process.pid}`;
  const me: Owner = {
    pid: process.pid,
    host: hostname(),
    started: statOf(process.pid)?.started ?? '',
    ...(socket === null ? {} : { socket }),
  };
  writeFileSync(mine, JSON.stringify(me), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        return giveName(mine, path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const text = readText(path);
      const owner = parse(text);
      if (owner && isAlive(owner)) throw inUse(workdir, owner);
      takeAway(path, text);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  throw new AppError('conflict', `${workdir} could not be locked.`, { hint: 'Another training is starting there.' });
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

function inUse(workdir: string, { pid, host }: Owner): AppError {
  const hint =
    host === hostname()
      ? 'Wait for it, stop it, or choose another --workdir.'
      : `Wait for it, or choose another --workdir. Where that process is surely gone, remove ${join(workdir, FILE)}.`;
  return new AppError('conflict', `${workdir} is in use by another training (process ${pid} on ${host}).`, {
    hint,
    details: { workdir, pid, host },
  });
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

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Null for what is no lock of ours: a file damaged by a crash of the machine. */
function parse(text: string): Owner | null {
  try {
    return JSON.parse(text) as Owner;
  } catch {
    return null;
  }
}

/** A process on another machine can't be asked: it is taken to live. */
function isAlive({ pid, host, started }: Owner): boolean {
  if (host !== hostname()) return true;
  if (!isRunning(pid)) return false;
  const now = statOf(pid);
  if (now?.dead) return false;
  return now === null || started === '' || now.started === started;
}

/** Linux: fields 3 and 22 of /proc/PID/stat. Elsewhere unknown. */
function statOf(pid: number): { started: string; dead: boolean } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A process that ended and that nobody has waited for is a zombie: it answers signals and holds nothing.
    return { started: fields[19] ?? '', dead: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return null;
  }
}

/** Empty folders from `from` up to `to`. */
function removeEmpty(from: string, to: string): void {
  try {
    for (let folder = from; folder.length >= to.length; folder = dirname(folder)) rmdirSync(folder);
  } catch {
    // not empty: it is in use now
  }
}
