import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_FILES } from '../../../src-shared/contract/run-files.ts';

const { latest: _, ...FILES } = RUN_FILES;
const OWN = new Set<string>(Object.values(FILES));

/** Removes what a run made, and its folder if nothing else is in it. */
export function removeRunFiles(workdir: string): void {
  let names: string[];
  try {
    names = readdirSync(workdir);
  } catch {
    return; // it is gone
  }
  for (const name of names)
    if (OWN.has(name) || name.startsWith('events.out.tfevents.')) rmSync(join(workdir, name), { force: true });
  removeStates(workdir);
  try {
    rmdirSync(workdir);
  } catch {
    // Somebody keeps something else there.
  }
}

/** Removes the training states, from which a run goes on. */
export function removeStates(workdir: string): void {
  rmSync(join(workdir, 'checkpoints'), { recursive: true, force: true });
}
