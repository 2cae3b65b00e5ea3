import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { Inspection } from '../../../src-shared/checkpoints/inspection.ts';
import type { Checkpoint } from '../../../src-shared/contract/checkpoints.ts';
import type { Database } from '../../database/open.ts';

/** A row, without what was read in the file. */
export interface CheckpointRow {
  id: number;
  /** Whole. */
  path: string;
  origin: Checkpoint['origin'];
  source: string | null;
  size: number;
  mtimeMs: number;
  bytes: number;
  sha256: string;
  naming: Checkpoint['naming'];
  variant: string | null;
  architecture: Checkpoint['architecture'];
  isLit: boolean;
  hasLabels: boolean;
  parameters: number;
  problem: Checkpoint['problem'];
  fingerprint: string | null;
  addedAt: string;
}

/** What the file system says of the file at `path`. */
export interface FileStamp {
  size: number;
  mtimeMs: number;
}

interface StoredRow extends Omit<
  CheckpointRow,
  'mtimeMs' | 'architecture' | 'isLit' | 'hasLabels' | 'problem' | 'addedAt'
> {
  mtime_ms: number;
  architecture: string | null;
  is_lit: number;
  has_labels: number;
  problem: string | null;
  added_at: string;
}

const COLUMNS =
  'id, path, origin, source, size, mtime_ms, bytes, sha256, naming, variant, architecture, is_lit, has_labels, parameters, problem, fingerprint, added_at';

export interface CheckpointTable {
  /** The newest first. */
  all(): CheckpointRow[];
  find(id: number): CheckpointRow | null;
  at(path: string): CheckpointRow | null;
  withSha256(sha256: string): CheckpointRow[];
  inspection(id: number): Inspection | null;
  put(entry: PutEntry): { id: number; isNew: boolean };
  remove(id: number): void;
}

export interface PutEntry {
  path: string;
  origin: Checkpoint['origin'];
  source: string | null;
  stamp: FileStamp;
  inspection: Inspection;
}

/** The checkpoints that are here, in the library. Paths below `folder` are kept relative: the library can be moved. */
export function checkpointTable(database: Database, folder: string): CheckpointTable {
  const all = database.prepare<[], StoredRow>(`SELECT ${COLUMNS} FROM checkpoints ORDER BY id DESC`);
  const byId = database.prepare<[number], StoredRow>(`SELECT ${COLUMNS} FROM checkpoints WHERE id = ?`);
  const byPath = database.prepare<[string], StoredRow>(`SELECT ${COLUMNS} FROM checkpoints WHERE path = ?`);
  const bySum = database.prepare<[string], StoredRow>(`SELECT ${COLUMNS} FROM checkpoints WHERE sha256 = ?`);
  const inspection = database.prepare<[number], string>('SELECT inspection FROM checkpoints WHERE id = ?').pluck();
  const put = database
    .prepare<unknown[], number>(
      `INSERT INTO checkpoints (path, origin, source, size, mtime_ms, bytes, sha256, naming, variant, architecture, is_lit,
         has_labels, parameters, problem, inspection, added_at, inspected_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (path) DO UPDATE SET size = excluded.size, mtime_ms = excluded.mtime_ms, bytes = excluded.bytes,
         fingerprint = iif(sha256 = excluded.sha256, fingerprint, NULL), sha256 = excluded.sha256,
         naming = excluded.naming, variant = excluded.variant, architecture = excluded.architecture,
         is_lit = excluded.is_lit, has_labels = excluded.has_labels, parameters = excluded.parameters,
         problem = excluded.problem, inspection = excluded.inspection, inspected_at = excluded.inspected_at
       RETURNING id`,
    )
    .pluck();
  const remove = database.prepare('DELETE FROM checkpoints WHERE id = ?');

  const stored = (path: string): string => {
    const inside = relative(folder, path);
    return inside.startsWith('..') || isAbsolute(inside) ? path : inside.split(sep).join('/');
  };
  const read = (row: StoredRow | undefined): CheckpointRow | null => {
    if (!row) return null;
    const { mtime_ms: mtimeMs, is_lit: isLit, has_labels: hasLabels, added_at: addedAt, ...rest } = row;
    return {
      ...rest,
      path: resolve(folder, row.path),
      mtimeMs,
      architecture: parsed<Checkpoint['architecture']>(row.architecture),
      isLit: isLit === 1,
      hasLabels: hasLabels === 1,
      problem: parsed<Checkpoint['problem']>(row.problem),
      addedAt,
    };
  };
  return {
    all: () => all.all().map((row) => read(row)!),
    find: (id) => read(byId.get(id)),
    at: (path) => read(byPath.get(stored(path))),
    withSha256: (sha256) => bySum.all(sha256).map((row) => read(row)!),
    inspection: (id) => parsed<Inspection>(inspection.get(id) ?? null),
    put({ path, origin, source, stamp, inspection: found }) {
      const isNew = byPath.get(stored(path)) === undefined;
      const now = new Date().toISOString();
      const id = put.get(
        stored(path),
        origin,
        source,
        stamp.size,
        stamp.mtimeMs,
        found.bytes,
        found.sha256,
        found.naming,
        found.variant,
        found.architecture && JSON.stringify(found.architecture),
        found.lit ? 1 : 0,
        found.labels ? 1 : 0,
        found.parameters,
        found.error && JSON.stringify(found.error),
        JSON.stringify(found),
        now,
        now,
      )!;
      return { id, isNew };
    },
    remove: (id) => void remove.run(id),
  };
}

function parsed<T>(text: string | null): T | null {
  return text === null ? null : (JSON.parse(text) as T);
}
