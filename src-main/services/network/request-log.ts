import type { RequestRecord } from '../../../src-shared/contract/network.ts';
import type { Database } from '../../database/open.ts';
import type { Events } from '../events/service.ts';

/** Requests that are kept. */
const KEPT = 10_000;
/** Requests between two cuts of the log. */
const CUT_EVERY = 100;

export interface RequestLog {
  begin(request: Pick<RequestRecord, 'method' | 'address' | 'purpose'>): OpenRequest;
  list(options: ListOptions): { requests: RequestRecord[]; total: number };
}

export interface ListOptions {
  limit: number;
  /** Only older ones than this id. */
  before?: number | undefined;
  /** In address, purpose or error, whatever the case. */
  text?: string | undefined;
}

/** A request that goes on. */
export interface OpenRequest {
  /** Once: later calls change nothing. */
  end(result: { status: number | null; bytes: number; error: string | null }): void;
}

const COLUMNS = 'id, at, method, address, purpose, status, bytes, milliseconds, error';

/** Writes down every request when it begins and again when it has ended, so that none goes unseen; the oldest go. */
export function createRequestLog({
  database,
  events,
  kept = KEPT,
}: {
  database: Database;
  events: Events;
  kept?: number;
}): RequestLog {
  const insert = database.prepare('INSERT INTO requests (at, method, address, purpose) VALUES (?, ?, ?, ?)');
  const finish = database.prepare(
    'UPDATE requests SET status = ?, bytes = ?, milliseconds = ?, error = ? WHERE id = ? AND milliseconds IS NULL',
  );
  const find = database.prepare<[number], RequestRecord>(`SELECT ${COLUMNS} FROM requests WHERE id = ?`);
  const matches = "instr(lower(address || ' ' || purpose || ' ' || coalesce(error, '')), lower(@text)) > 0";
  const newest = database.prepare<[{ before: number; limit: number; text: string }], RequestRecord>(
    `SELECT ${COLUMNS} FROM requests WHERE id < @before AND (@text = '' OR ${matches}) ORDER BY id DESC LIMIT @limit`,
  );
  const count = database
    .prepare<[{ text: string }], number>(`SELECT count(*) FROM requests WHERE @text = '' OR ${matches}`)
    .pluck();
  const cut = database.prepare('DELETE FROM requests WHERE id <= ?');

  // Those of a process that was killed: this one is the only that has the library.
  database.exec("UPDATE requests SET milliseconds = 0, error = 'Vitrine ended meanwhile' WHERE milliseconds IS NULL");

  const publish = (id: number): void => {
    const request = find.get(id);
    if (request) events.publish({ topic: 'request', request });
  };
  return {
    begin({ method, address, purpose }) {
      const start = performance.now();
      const id = Number(insert.run(new Date().toISOString(), method, address, purpose).lastInsertRowid);
      if (id % CUT_EVERY === 0) cut.run(id - kept);
      publish(id);
      return {
        end({ status, bytes, error }) {
          // The library may have been closed while the last bytes came.
          if (!database.open) return;
          if (finish.run(status, bytes, performance.now() - start, error, id).changes > 0) publish(id);
        },
      };
    },
    list: ({ limit, before = Number.MAX_SAFE_INTEGER, text = '' }) => ({
      requests: newest.all({ before, limit, text }),
      total: count.get({ text })!,
    }),
  };
}
