import type { Download } from '../../../src-shared/contract/downloads.ts';
import type { Database } from '../../database/open.ts';
import * as v from 'valibot';
import { sourcesSchema, type Resolved, type Source } from './source.ts';

/** A row of the queue. */
export interface QueueRow {
  id: number;
  name: string;
  file: string;
  state: Download['state'];
  sources: Source[];
  source: number;
  bytes: number;
  total: number | null;
  sha256: string | null;
  evidence: string[];
  attempts: Download['attempts'];
  failure: Download['failure'];
  addedAt: string;
  endedAt: string | null;
}

interface StoredRow {
  id: number;
  name: string;
  file: string;
  state: Download['state'];
  sources: string;
  source: number;
  bytes: number;
  total: number | null;
  sha256: string | null;
  evidence: string;
  attempts: string;
  failure: string | null;
  added_at: string;
  ended_at: string | null;
}

/** Attempts that are kept of a download, the newest. */
const KEPT_ATTEMPTS = 50;

export interface QueueTable {
  /** In the queue's order. */
  all(): QueueRow[];
  insert(name: string, resolved: Resolved): QueueRow;
  save(row: QueueRow): void;
  remove(id: number): void;
  /** Gives the queue this order; ids that are left out keep theirs behind. */
  order(ids: readonly number[]): void;
}

/** The queue in the library. */
export function queueTable(database: Database): QueueTable {
  const all = database.prepare<[], StoredRow>('SELECT * FROM downloads ORDER BY place, id');
  const find = database.prepare<[number], StoredRow>('SELECT * FROM downloads WHERE id = ?');
  const insert = database.prepare(
    `INSERT INTO downloads (place, name, file, state, sources, added_at)
     VALUES ((SELECT coalesce(max(place), 0) + 1 FROM downloads), ?, ?, 'queued', ?, ?)`,
  );
  const update = database.prepare(
    `UPDATE downloads SET state = ?, source = ?, bytes = ?, total = ?, sha256 = ?, evidence = ?, attempts = ?,
     failure = ?, ended_at = ?, sources = ? WHERE id = ?`,
  );
  const remove = database.prepare('DELETE FROM downloads WHERE id = ?');
  const place = database.prepare('UPDATE downloads SET place = ? WHERE id = ?');
  return {
    all: () => all.all().map(fromStored),
    insert(name, { file, sources }) {
      const { lastInsertRowid } = insert.run(name, file, JSON.stringify(sources), new Date().toISOString());
      return fromStored(find.get(Number(lastInsertRowid))!);
    },
    save(row) {
      row.attempts = row.attempts.slice(-KEPT_ATTEMPTS);
      update.run(
        row.state,
        row.source,
        row.bytes,
        row.total,
        row.sha256,
        JSON.stringify(row.evidence),
        JSON.stringify(row.attempts),
        row.failure && JSON.stringify(row.failure),
        row.endedAt,
        JSON.stringify(row.sources),
        row.id,
      );
    },
    remove: (id) => void remove.run(id),
    order: (ids) => database.transaction(() => ids.forEach((id, i) => place.run(i + 1, id)))(),
  };
}

function fromStored(row: StoredRow): QueueRow {
  const { added_at: addedAt, ended_at: endedAt, ...rest } = row;
  return {
    ...rest,
    sources: v.parse(sourcesSchema, JSON.parse(row.sources)),
    evidence: JSON.parse(row.evidence) as string[],
    attempts: JSON.parse(row.attempts) as Download['attempts'],
    failure: row.failure === null ? null : (JSON.parse(row.failure) as Download['failure']),
    addedAt,
    endedAt,
  };
}
