// A control group of Linux with a limit of memory, which only root can make: what ends processes as a full machine would.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MemoryGroup {
  /** What comes before a command that is to run in it, its children too. */
  enter: readonly string[];
  limit(bytes: number): void;
  /** Processes of it that the system ended because memory ran out. */
  kills(): number;
  /** Everything in it must have ended. */
  remove(): void;
}

const ROOT = '/sys/fs/cgroup';

/** A group without a limit yet. @returns null where none can be made */
export function makeMemoryGroup(name: string): MemoryGroup | null {
  for (const version of [version2, version1]) {
    try {
      return version(name);
    } catch {
      // another version, no right to, or no such controller
    }
  }
  return null;
}

/** Version 2: groups below the top one, since one that holds processes has no limits to give to its children. */
function version2(name: string): MemoryGroup {
  const top = existsSync(join(ROOT, 'cgroup.controllers')) ? ROOT : join(ROOT, 'unified');
  if (!wordsOf(join(top, 'cgroup.controllers')).includes('memory')) throw new Error('no controller');
  if (!wordsOf(join(top, 'cgroup.subtree_control')).includes('memory'))
    writeFileSync(join(top, 'cgroup.subtree_control'), '+memory');
  return group(join(top, name), {
    limits: ['memory.max'],
    swap: 'memory.swap.max',
    counter: 'memory.events',
  });
}

/** Version 1: below this process's own group, whose limits go on to hold. */
function version1(name: string): MemoryGroup {
  const own = /^\d+:memory:(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
  if (own === undefined) throw new Error('no controller');
  return group(join(ROOT, 'memory', own, name), {
    // Memory, then memory and swap together, which may not be less.
    limits: ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'],
    swap: null,
    counter: 'memory.oom_control',
  });
}

function group(path: string, files: { limits: string[]; swap: string | null; counter: string }): MemoryGroup {
  mkdirSync(path);
  const at = (file: string): string => join(path, file);
  if (!existsSync(at(files.limits[0]!))) {
    rmdirSync(path);
    throw new Error('no limit of memory');
  }
  return {
    enter: ['sh', '-c', 'echo $$ > "$0" && exec "$@"', at('cgroup.procs')],
    limit: (bytes) => {
      for (const file of files.limits) if (existsSync(at(file))) writeFileSync(at(file), String(bytes));
      if (files.swap !== null && existsSync(at(files.swap))) writeFileSync(at(files.swap), '0');
    },
    kills: () => Number(/^oom_kill (\d+)$/m.exec(readFileSync(at(files.counter), 'utf8'))![1]),
    remove: () => rmdirSync(path),
  };
}

function wordsOf(path: string): string[] {
  return readFileSync(path, 'utf8').trim().split(' ');
}
