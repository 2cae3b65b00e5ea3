import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../src-shared/errors.ts';

interface Owner {
  pid: number;
  host: string;
  /** When the process began, as the system counts it: a pid alone may have been given again. */
  started: string;
}

const FILE = 'lock.json';

/**
 * Takes a workdir for this process. A lock left by a process that is gone (killed, power cut) is taken over.
 * @returns releases the lock.
 * @throws AppError `conflict` when a living process has it.
 */
export function lockWorkdir(workdir: string): () => void {
  const path = join(workdir, FILE);
  const me: Owner = { pid: process.pid, host: hostname(), started: startOf(process.pid) ?? '' };
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const file = openSync(path, 'wx', 0o600);
      writeSync(file, JSON.stringify(me));
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = readOwner(path);
    if (owner && isAlive(owner)) {
      throw new AppError(
        'conflict',
        `${workdir} is in use by another training (process ${owner.pid} on ${owner.host}).`,
        {
          hint: 'Wait for it, stop it, or choose another --workdir.',
        },
      );
    }
    rmSync(path, { force: true });
  }
  throw new AppError('conflict', `${workdir} could not be locked.`, { hint: 'Another training is starting there.' });
}

function readOwner(path: string): Owner | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner;
  } catch {
    return null; // killed while it wrote these few bytes
  }
}

/** A process on another machine can't be asked: it is taken to live. */
function isAlive({ pid, host, started }: Owner): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const now = startOf(pid);
  return now === null || started === '' || now === started;
}

/** Linux: field 22 of /proc/PID/stat. Elsewhere unknown. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
