import { readFileSync, writeFileSync } from 'node:fs';

/**
 * The most resident memory of this process since it began or since `resetPeak`, bytes. Elsewhere than on Linux it is
 * what getrusage says, which can't be reset: the most since the process began.
 */
export function peakResident(): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // no /proc here
  }
  return process.resourceUsage().maxRSS * 1024;
}

/** Counts the peak anew from here; false where the system can't (proc(5), clear_refs). */
export function resetPeak(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}
