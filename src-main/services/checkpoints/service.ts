import { rm, rmdir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { Inspection } from '../../../src-shared/checkpoints/inspection.ts';
import type { Checkpoint, ImportReport, RescanReport } from '../../../src-shared/contract/checkpoints.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Database } from '../../database/open.ts';
import type { Events } from '../events/service.ts';
import type { Statfs } from '../library/service.ts';
import { exists, filesOfCheckpoint, findCheckpoints } from './checkpoint-files.ts';
import { checkpointTable } from './checkpoint-table.ts';
import type { CheckpointRow, FileStamp } from './checkpoint-table.ts';
import { copyIntoLibrary } from './copy-checkpoint.ts';
import type { Inspect } from './inspect-in-worker.ts';

export { inspectInWorker } from './inspect-in-worker.ts';
export type { Inspect } from './inspect-in-worker.ts';

export interface NewCheckpoint {
  path: string;
  origin: Checkpoint['origin'];
  /** The address, the file or the run's id that it came from. */
  source?: string | null;
  /** What was read in exactly this content, perhaps under another name. */
  inspection?: Inspection;
}

export interface ImportOptions {
  mode: 'copy' | 'link';
  /** What the copy of a file is called, `FOLDER/FILE` without an extension; as the file itself where not given. */
  name?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface Checkpoints {
  /** The newest first; one whose file is gone is listed as missing. */
  list(): Promise<Checkpoint[]>;
  /** @throws AppError not_found */
  get(id: number): Promise<{ checkpoint: Checkpoint; inspection: Inspection }>;
  /** Of a file that the library knows. */
  idAt(path: string): number | null;
  /** What is in a file; that of a checkpoint of the library is remembered while the file stays the same. */
  inspect(path: string, signal?: AbortSignal): Promise<Inspection>;
  /** Reads the file itself, whatever is remembered. */
  inspectFile: Inspect;
  /** Enters a file, or brings its entry up to date. @throws AppError what reading it throws */
  add(entry: NewCheckpoint, signal?: AbortSignal): Promise<Checkpoint>;
  /** Takes a file, or every checkpoint of a folder, into the library. @throws AppError not_found, disk_full, interrupted */
  import(path: string, options: ImportOptions): Promise<ImportReport>;
  /** Forgets one; deletes its files where they lie in the library. @throws AppError not_found */
  remove(id: number, options?: { keepFile?: boolean }): Promise<string[]>;
  /** Looks through the library's folder. With an empty database it finds again all that lies there. */
  rescan(signal?: AbortSignal): Promise<RescanReport>;
}

export interface CheckpointsOptions {
  database: Database;
  events: Events;
  /** The library's folder of checkpoints. */
  folder: string;
  inspect: Inspect;
  statfs?: Statfs;
}

/** The checkpoints that are on this machine and known by the library: downloaded, imported, or made by a run. */
export function createCheckpoints({ database, events, folder, inspect, statfs }: CheckpointsOptions): Checkpoints {
  const table = checkpointTable(database, folder);

  const viewOf = async (row: CheckpointRow): Promise<Checkpoint> => {
    const { size, mtimeMs, ...rest } = row;
    const stamp = await stampOf(row.path);
    const state = stamp === null ? 'missing' : isSame(stamp, { size, mtimeMs }) ? 'present' : 'changed';
    return { ...rest, file: fileBelow(folder, row.path), state };
  };
  const find = (id: number): CheckpointRow => {
    const row = table.find(id);
    if (row) return row;
    throw new AppError('not_found', `There is no checkpoint ${id} in the library.`, {
      hint: '"vitrine library list" shows them.',
    });
  };
  const add = async (entry: NewCheckpoint, signal?: AbortSignal): Promise<Checkpoint> => {
    const { origin, source = null } = entry;
    const given = resolve(entry.path);
    const known = table.at(given);
    const before = await stampOf(given);
    if (known && before && isSame(before, known)) return viewOf(known);
    const inspection = entry.inspection ? { ...entry.inspection, path: given } : await inspect(given, signal);
    // A folder's checkpoint is the file it is opened by.
    const stamp = await stampOf(inspection.path);
    if (!stamp) throw missing(inspection.path);
    const { id, isNew } = table.put({ path: inspection.path, origin, source, stamp, inspection });
    events.publish({ topic: 'checkpoint', id, change: isNew ? 'added' : 'changed' });
    return viewOf(table.find(id)!);
  };
  const importOne = async (
    path: string,
    { mode, name, signal }: ImportOptions,
  ): Promise<{ checkpoint: Checkpoint; isNew: boolean }> => {
    const inspection = await inspect(path, signal);
    for (const row of table.withSha256(inspection.sha256)) {
      const checkpoint = await viewOf(row);
      if (checkpoint.state === 'present') return { checkpoint, isNew: false };
    }
    const copies = mode === 'copy' && fileBelow(folder, inspection.path) === null;
    const place = copies ? await copyIntoLibrary(inspection.path, { folder, name, signal, statfs }) : inspection.path;
    const checkpoint = await add({ path: place, origin: 'import', source: inspection.path }, signal);
    if (checkpoint.sha256 === inspection.sha256) return { checkpoint, isNew: true };
    throw new AppError('conflict', `${path} changed while it was taken in.`, { hint: 'Import it again.' });
  };

  return {
    list: () => Promise.all(table.all().map(viewOf)),
    async get(id) {
      const row = find(id);
      const state = (await viewOf(row)).state;
      if (state === 'changed') await add(row);
      return { checkpoint: await viewOf(find(id)), inspection: { ...table.inspection(id)!, path: row.path } };
    },
    idAt: (path) => table.at(path)?.id ?? null,
    async inspect(path, signal) {
      const row = table.at(resolve(path));
      const stamp = row && (await stampOf(row.path));
      if (row && stamp && isSame(stamp, row)) return { ...table.inspection(row.id)!, path: row.path };
      return inspect(resolve(path), signal);
    },
    inspectFile: inspect,
    add,
    async import(path, options) {
      const from = resolve(path);
      const found = await stat(from).catch(() => null);
      if (!found) throw missing(from);
      if (found.isDirectory() && options.name !== undefined) {
        throw new AppError('usage', 'A folder of checkpoints has no one name.', { hint: 'Choose the file.' });
      }
      const report: ImportReport = { added: [], known: [], failed: [] };
      const paths = found.isDirectory() ? await findCheckpoints(from) : [from];
      if (paths.length === 0) {
        throw new AppError('not_found', `There is no checkpoint in ${from}.`, {
          hint: 'Looked for .npz and .safetensors files in it and below.',
        });
      }
      for (const each of paths) {
        try {
          const { checkpoint, isNew } = await importOne(each, options);
          report[isNew ? 'added' : 'known'].push(checkpoint);
        } catch (error) {
          // One that is none doesn't keep the others of a folder out; what stops all of them does.
          if (!(error instanceof AppError) || !found.isDirectory() || !isOfFile(error)) throw error;
          report.failed.push({ path: each, failure: failureOf(error) });
        }
      }
      return report;
    },
    async remove(id, { keepFile = false } = {}) {
      const row = find(id);
      const isOurs = fileBelow(folder, row.path) !== null;
      const deleted: string[] = [];
      if (isOurs && !keepFile && (await exists(row.path))) {
        // Itself first: what is left of an interrupted removal is no checkpoint.
        for (const { path, shared } of (await filesOfCheckpoint(row.path)).reverse()) {
          if (shared) continue;
          await rm(path, { force: true });
          deleted.push(path);
        }
        if (dirname(row.path) !== folder) await rmdir(dirname(row.path)).catch(() => undefined); // if it is empty now
      }
      table.remove(id);
      events.publish({ topic: 'checkpoint', id, change: 'removed' });
      return deleted;
    },
    async rescan(signal) {
      const report: RescanReport = { added: [], changed: [], missing: [], failed: [] };
      const here = new Set((await exists(folder)) ? await findCheckpoints(folder) : []);
      for (const row of table.all()) {
        const stamp = await stampOf(row.path);
        if (!stamp) report.missing.push(row.id);
        else if (!isSame(stamp, row)) await tryAdd(row, report, 'changed');
        here.delete(row.path);
      }
      for (const path of here) await tryAdd({ path, origin: 'found' }, report, 'added');
      return report;

      async function tryAdd(entry: NewCheckpoint, into: RescanReport, change: 'added' | 'changed'): Promise<void> {
        try {
          into[change].push((await add(entry, signal)).id);
        } catch (error) {
          if (!(error instanceof AppError) || !isOfFile(error)) throw error;
          into.failed.push({ path: entry.path, failure: failureOf(error) });
        }
      }
    },
  };
}

async function stampOf(path: string): Promise<FileStamp | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? { size: found.size, mtimeMs: found.mtimeMs } : null;
}

function isSame(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs;
}

/** `augreg/x.npz` of a path below the folder, null of any other. */
function fileBelow(folder: string, path: string): string | null {
  const inside = relative(folder, path);
  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? null : inside.split(sep).join('/');
}

/** Whether an error speaks of one file, and not of the disk, the person or the program. */
function isOfFile({ code }: AppError): boolean {
  return code === 'bad_checkpoint' || code === 'bad_file' || code === 'not_found';
}

function failureOf({ code, message, hint }: AppError): ImportReport['failed'][number]['failure'] {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

function missing(path: string): AppError {
  return new AppError('not_found', `There is no checkpoint ${path}.`, {
    hint: 'Check the path; a checkpoint is an .npz or .safetensors file, or a folder that holds one.',
  });
}
