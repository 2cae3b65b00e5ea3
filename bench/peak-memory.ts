import { readFileSync } from 'node:fs';

/** Most memory that this process ever had, bytes. Linux only; NaN elsewhere. */
export function peakBytes(): number {
  try {
    return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  } catch {
    return NaN;
  }
}
