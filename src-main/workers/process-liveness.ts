import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, told from a later one that was given the same number. */
export interface ProcessIdentity {
  pid: number;
  /** The machine's name: a folder may lie on a network drive. */
  machine: string;
  /** When the process began, as the system counts it; empty where the system doesn't tell. */
  started: string;
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, machine: hostname(), started: statOf(process.pid)?.started ?? '' };
}

/** Whether a process is there and is the one that was meant. One on another machine can't be asked: it is taken to live. */
export function isAlive({ pid, machine, started }: ProcessIdentity): boolean {
  if (machine !== hostname()) return true;
  if (!isRunning(pid)) return false;
  const now = statOf(pid);
  if (now?.dead) return false;
  return now === null || started === '' || now.started === started;
}

/** Whether a process of that number is there, whichever it is. */
export function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
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
