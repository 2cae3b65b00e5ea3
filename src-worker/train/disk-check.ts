import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { countedParams, diskNeed } from '../../src-shared/config/disk-need.ts';
import type { RunConfig } from '../../src-shared/config/run-config.ts';
import { RUN_FILES } from '../../src-shared/contract/run-files.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { trainedNames } from '../../src-shared/models/trained-params.ts';

/** The part of `fs.statfs` that is needed; tests put their own in its place. */
export type Statfs = (path: string) => Promise<{ bavail: number; bsize: number }>;

/**
 * Refuses a run whose checkpoints won't fit on the disk, before it touches its workdir. What the workdir holds already
 * counts; a run that is finished writes nothing.
 * @throws AppError disk_full with the numbers
 */
export async function checkDisk(
  workdir: string,
  { config, architecture }: { config: RunConfig; architecture: Architecture },
  ask: Statfs = statfs,
): Promise<void> {
  if (savedStep(workdir) === config.total_steps && existsSync(join(workdir, RUN_FILES.model))) return;
  const learning = countedParams(architecture, trainedNames(architecture, config.vitrine));
  const need = diskNeed(architecture, config, learning);
  const needed = need.most - bytesIn(workdir);
  const { bavail, bsize } = await ask(existing(workdir));
  const free = bavail * bsize;
  if (free >= needed) return;
  const kept = config.vitrine.best_by === 'none' ? '' : `, and best.npz ${megabytes(need.model)}`;
  throw new AppError(
    'disk_full',
    `The run needs ${megabytes(needed)} in ${workdir}, and ${megabytes(free)} are free: a checkpoint takes ` +
      `${megabytes(need.state)}, two of them while one is written${kept}.`,
    {
      hint: 'Free some space, or choose a --workdir on another disk.',
      details: { workdir, needed, free, state: need.state, model: need.model },
    },
  );
}

/** Of the newest training state; null where there is none or its file is damaged, which is told elsewhere. */
function savedStep(workdir: string): unknown {
  try {
    return (JSON.parse(readFileSync(join(workdir, RUN_FILES.latest), 'utf8')) as { step?: unknown }).step ?? null;
  } catch {
    return null;
  }
}

/** Bytes of states and of the best model that are there already. */
function bytesIn(workdir: string): number {
  const folder = dirname(join(workdir, RUN_FILES.latest));
  const states = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return [...states, join(workdir, 'best.npz')]
    .map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** The folder, or the nearest one above it that exists. */
function existing(folder: string): string {
  let path = folder;
  while (!existsSync(path) && dirname(path) !== path) path = dirname(path);
  return path;
}

function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
