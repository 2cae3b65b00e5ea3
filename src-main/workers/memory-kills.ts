import { readFileSync } from 'node:fs';

/** Where Linux counts the processes it ended for want of memory: of this control group (v2), and of the machine. */
const COUNTERS = ['/sys/fs/cgroup/memory.events', '/proc/vmstat'];

/**
 * Processes ended so far because memory ran out, as far as the system tells; null where it doesn't. Two readings tell
 * whether a SIGKILL in between may have been the system's: the counters name nobody.
 */
export function memoryKills(): number | null {
  const counts = COUNTERS.flatMap((path) => {
    try {
      const count = /^oom_kill (\d+)$/m.exec(readFileSync(path, 'utf8'))?.[1];
      return count === undefined ? [] : [Number(count)];
    } catch {
      return [];
    }
  });
  return counts.length === 0 ? null : counts.reduce((a, b) => a + b, 0);
}
