import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { formatLeaf } from '../../../src-shared/config/flags.ts';
import { leavesOf } from '../../../src-shared/config/run-config.ts';
import { RUN_FILES } from '../../../src-shared/contract/run-files.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { readRequest, readRunRecord, runId } from './folder.ts';
import type { RunRow } from './store.ts';

/** How deep below a given folder runs are looked for. */
const DEPTH = 3;

/** A run's row from its folder alone. @throws AppError not_found, bad_file where the folder is no run's */
export function rowOfFolder(workdir: string, runsFolder: string): RunRow {
  const made = statSync(workdir, { throwIfNoEntry: false });
  if (!made?.isDirectory()) throw new AppError('not_found', `There is no folder ${workdir}.`);
  const record = readRunRecord(workdir);
  const request = readRequest(workdir);
  if (record === null && request === null) {
    throw new AppError('bad_file', `${workdir} is no run's folder: it has no ${RUN_FILES.run} of Vitrine.`, {
      hint: 'Give the --workdir of a training.',
      details: { workdir },
    });
  }
  const config = record?.config ?? request!.config;
  const createdAt = request ? Date.parse(request.createdAt) : Math.floor(made.birthtimeMs || made.mtimeMs);
  return {
    id: runId(workdir, runsFolder),
    workdir,
    name: request?.name ?? basename(workdir),
    tags: [],
    // A folder of an earlier Vitrine knows the checkpoint by its hash alone.
    request: request ?? {
      name: basename(workdir),
      createdAt: new Date(createdAt).toISOString(),
      owner: 'cli',
      preset: null,
      overrides: leavesOf(config).map(([path, value]) => `--config.${path}=${formatLeaf(value)}`),
      config,
      checkpoint: null,
      dataset: config.dataset,
      skipBad: false,
      continueRun: false,
      allowNan: false,
      threads: record?.threads ?? null,
    },
    wish: 'run',
    wishedAt: 0,
    priority: 0,
    queue: null,
    queuedAt: null,
    device: null,
    refusal: null,
    summary: { cause: null, error: null, step: 0, savedStep: null, resumable: false },
    state: 'interrupted',
    createdAt: Number.isNaN(createdAt) ? Date.now() : createdAt,
    changedAt: Date.now(),
  };
}

/** Every folder of a run in a folder, itself included. */
export function runFoldersIn(folder: string, depth = DEPTH): string[] {
  if (existsSync(join(folder, RUN_FILES.run)) || existsSync(join(folder, RUN_FILES.request))) return [folder];
  if (depth === 0) return [];
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .flatMap((path) => runFoldersIn(path, depth - 1));
}
