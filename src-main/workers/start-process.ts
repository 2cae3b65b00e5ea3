import { forkProcess } from './fork-process.ts';
import type { StartProcess } from './worker-process.ts';

let starter: StartProcess = forkProcess;

/** How everything in this process makes others, the engine's trial too: by fork, unless its host said otherwise. */
export const startProcess: StartProcess = (options) => starter(options);

/** A host that can't fork says so once, before it opens the library. */
export function startProcessesBy(other: StartProcess): void {
  starter = other;
}
