import type { TimelineEntry } from '../../../src-shared/contract/run-files.ts';
import { completeConfig } from '../../../src-shared/config/complete-config.ts';
import type { RunRequest } from '../../../src-shared/contract/run-request.ts';
import type { RunState } from '../../../src-shared/contract/runs.ts';
import type { Database } from '../../database/open.ts';
import type { RunFacts, Wish } from './state.ts';

/** What a run's folder and process said last; kept so that a list needs no folder. */
export interface KeptSummary {
  cause: string | null;
  error: { code: string; message: string; hint: string | null } | null;
  step: number;
  savedStep: number | null;
  resumable: boolean;
}

export interface RunRow {
  id: string;
  workdir: string;
  name: string;
  tags: string[];
  request: Omit<RunRequest, 'checkpoint'> & { checkpoint: string | null };
  wish: Wish;
  /** When that was asked: what began later was asked for by somebody else. */
  wishedAt: number;
  priority: number;
  /** Place in the queue; null: not in it. */
  queue: number | null;
  queuedAt: number | null;
  device: string | null;
  refusal: RunFacts['refusal'];
  summary: KeptSummary;
  state: RunState;
  createdAt: number;
  changedAt: number;
}

/** Columns that are kept as JSON. */
const JSON_COLUMNS = ['tags', 'request', 'refusal', 'summary'] as const;
const COLUMNS = {
  id: 'id',
  workdir: 'workdir',
  name: 'name',
  tags: 'tags',
  request: 'request',
  wish: 'wish',
  wishedAt: 'wished_at',
  priority: 'priority',
  queue: 'queue',
  queuedAt: 'queued_at',
  device: 'device',
  refusal: 'refusal',
  summary: 'summary',
  state: 'state',
  createdAt: 'created_at',
  changedAt: 'changed_at',
} as const satisfies Record<keyof RunRow, string>;
const NAMES = Object.keys(COLUMNS) as (keyof RunRow)[];
const SELECT = `SELECT ${NAMES.map((name) => `${COLUMNS[name]} AS "${name}"`).join(', ')} FROM runs`;

export interface RunFilter {
  state?: RunState | undefined;
  text?: string | undefined;
  limit: number;
  offset: number;
}

/** The rows of runs. Each write is a transaction of its own, so that other processes never wait long. */
export function createRunStore(database: Database) {
  const byId = database.prepare(`${SELECT} WHERE id = ?`);
  const insert = database.prepare(
    `INSERT INTO runs (${NAMES.map((name) => COLUMNS[name]).join(', ')}) VALUES (${NAMES.map((name) => `@${name}`).join(', ')})
     ON CONFLICT (id) DO UPDATE SET ${NAMES.filter((name) => name !== 'id' && name !== 'createdAt')
       .map((name) => `${COLUMNS[name]} = excluded.${COLUMNS[name]}`)
       .join(', ')}`,
  );
  const where = `WHERE (@state IS NULL OR state = @state) AND (@text IS NULL OR instr(lower(
      name || char(10) || workdir || char(10) || tags || char(10) || json_extract(request, '$.dataset')), lower(@text)) > 0)`;
  const listed = database.prepare(`${SELECT} ${where} ORDER BY created_at DESC, id LIMIT @limit OFFSET @offset`);
  const counted = database.prepare(`SELECT count(*) FROM runs ${where}`).pluck();
  const queued = database.prepare(`${SELECT} WHERE queue IS NOT NULL ORDER BY priority DESC, queue, id`);
  const open = database.prepare(
    `${SELECT} WHERE state IN ('queued', 'preparing', 'running', 'pausing', 'interrupted') ORDER BY created_at`,
  );
  const lastPlace = database.prepare('SELECT coalesce(max(queue), 0) FROM runs').pluck();
  const removed = database.prepare('DELETE FROM runs WHERE id = ?');
  const noted = database.prepare(
    'INSERT INTO run_events (run, at, type, step, text) SELECT id, ?, ?, ?, ? FROM runs WHERE id = ?',
  );
  const notes = database.prepare('SELECT at, type, step, text FROM run_events WHERE run = ? ORDER BY id DESC LIMIT ?');

  return {
    get: (id: string): RunRow | null => {
      const row = byId.get(id);
      return row === undefined ? null : parsed(row);
    },
    /** Adds a run, or gives the one of that name these values (but the time it was made). */
    put: (row: RunRow): void => void insert.run(flat(row)),
    update(id: string, changes: Partial<Omit<RunRow, 'id'>>): void {
      const names = Object.keys(changes) as (keyof RunRow)[];
      if (names.length === 0) return;
      const sets = names.map((name) => `${COLUMNS[name]} = @${name}`).join(', ');
      database.prepare(`UPDATE runs SET ${sets} WHERE id = @id`).run({ ...flat(changes), id });
    },
    list(filter: RunFilter): { rows: RunRow[]; total: number } {
      const values = { ...filter, state: filter.state ?? null, text: filter.text || null };
      const { limit: _, offset: __, ...matching } = values;
      return { rows: listed.all(values).map(parsed), total: counted.get(matching) as number };
    },
    /** In the order they will be trained. */
    queued: (): RunRow[] => queued.all().map(parsed),
    /** Those whose state may have changed by itself. */
    open: (): RunRow[] => open.all().map(parsed),
    nextPlace: (): number => (lastPlace.get() as number) + 1,
    remove: (id: string): void => void removed.run(id),
    /** Remembers what main did or saw; nothing where another process has just forgotten the run. */
    note(
      id: string,
      type: TimelineEntry['type'],
      { step = null, text = null }: { step?: number | null; text?: string | null } = {},
    ): void {
      noted.run(Date.now(), type, step, text, id);
    },
    notes: (id: string, limit: number): TimelineEntry[] =>
      (
        notes.all(id, limit) as { at: number; type: TimelineEntry['type']; step: number | null; text: string | null }[]
      ).map(({ at, ...rest }) => ({ at: new Date(at).toISOString(), ...rest })),
    /** Changes whenever another connection writes. */
    version: (): number => database.pragma('data_version', { simple: true }) as number,
    /** Several writes as one. */
    together: (work: () => void): void => database.transaction(work).immediate(),
  };
}

function flat(row: Partial<RunRow>): Record<string, unknown> {
  const values: Record<string, unknown> = { ...row };
  for (const name of JSON_COLUMNS)
    if (name in values) values[name] = values[name] === null ? null : JSON.stringify(values[name]);
  return values;
}

function parsed(row: unknown): RunRow {
  const values = { ...(row as Record<string, unknown>) };
  for (const name of JSON_COLUMNS) if (values[name] !== null) values[name] = JSON.parse(values[name] as string);
  const found = values as unknown as RunRow;
  const { request } = found;
  return { ...found, request: { ...request, config: completeConfig(request.config) } };
}
