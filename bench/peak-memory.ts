import { readFileSync } from 'node:fs';

/** Most memory that a process (this one if not given) ever had, bytes. Linux only; NaN elsewhere. */
export function peakBytes(pid: number | 'self' = 'self'): number {
  try {
    return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return NaN;
  }
}
