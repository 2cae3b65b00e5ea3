import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_FILES } from '../../../src-shared/contract/run-files.ts';
import type { RunMetrics } from '../../../src-shared/contract/runs.ts';
import { downsample } from '../../../src-shared/metrics/downsample.ts';
import type { MetricPoint } from '../../../src-shared/metrics/downsample.ts';
import type { Database } from '../../database/open.ts';

/** A line of metrics.jsonl. */
export interface MetricsLine {
  step: number;
  values: Record<string, number | null>;
}

export interface Ingested {
  /** Lines that are new, in order; none with `reread`. */
  lines: MetricsLine[];
  /** More are new than are told, or older ones no longer count: read the metrics again. */
  reread: boolean;
}

/** Lines told one by one. */
const MOST_TOLD = 500;
const CHUNK = 1 << 20;
/** A longer line is no line of ours. */
const LONGEST_LINE = 1 << 20;

interface Place {
  inode: string;
  offset: number;
  line: string;
}

export type MetricsStore = ReturnType<typeof createMetricsStore>;

/**
 * Metrics in the database, read from the runs' metrics.jsonl, which is the truth: how far the file is read stands in the
 * same transaction as what was read, so that a line counts once, whoever reads and is killed when. A resumed run writes
 * its file anew (another inode, or another line before the place); then all of it is read again.
 */
export function createMetricsStore(database: Database) {
  const place = database.prepare(
    'SELECT metrics_inode AS inode, metrics_offset AS "offset", metrics_line AS line FROM runs WHERE id = ?',
  );
  const setPlace = database.prepare(
    'UPDATE runs SET metrics_inode = @inode, metrics_offset = @offset, metrics_line = @line WHERE id = @id',
  );
  const clear = database.prepare('DELETE FROM run_metrics WHERE run = ?');
  const addName = database.prepare('INSERT OR IGNORE INTO metric_names (name) VALUES (?)');
  const nameId = database.prepare('SELECT id FROM metric_names WHERE name = ?').pluck();
  const add = database.prepare('INSERT OR REPLACE INTO run_metrics (run, name, step, value) VALUES (?, ?, ?, ?)');
  const names = database.prepare(
    `SELECT n.id, n.name FROM metric_names n
     WHERE EXISTS (SELECT 1 FROM run_metrics m WHERE m.run = ? AND m.name = n.id) ORDER BY n.name`,
  );
  const points = database
    .prepare('SELECT step, value FROM run_metrics WHERE run = ? AND name = ? AND step >= ? ORDER BY step')
    .raw();
  const newest = database
    .prepare('SELECT step, value FROM run_metrics WHERE run = ? AND name = ? ORDER BY step DESC LIMIT 1')
    .raw();

  const ids = new Map<string, number>();
  const idOf = (name: string): number => {
    let id = ids.get(name);
    if (id === undefined) {
      addName.run(name);
      id = nameId.get(name) as number;
      ids.set(name, id);
    }
    return id;
  };
  const namesOf = (run: string): { id: number; name: string }[] => names.all(run) as { id: number; name: string }[];

  const ingest = (run: string, workdir: string): Ingested => {
    const told: Ingested = { lines: [], reread: false };
    let file: number;
    try {
      file = openSync(join(workdir, RUN_FILES.metrics), 'r');
    } catch {
      return told; // none yet, or the folder is away: what is known stays
    }
    try {
      const known = place.get(run) as Place | undefined;
      if (known === undefined) return told;
      const { ino, size } = fstatSync(file, { bigint: true });
      let at = known;
      if (known.inode !== String(ino) || size < BigInt(known.offset) || !endsWith(file, known)) {
        told.reread = known.offset > 0;
        clear.run(run);
        at = { inode: String(ino), offset: 0, line: '' };
      }
      for (const { text, end } of wholeLines(file, at.offset)) {
        at = { inode: at.inode, offset: end, line: text };
        const line = parseLine(text);
        if (line === null) continue;
        for (const [name, value] of Object.entries(line.values)) add.run(run, idOf(name), line.step, value);
        if (told.lines.length >= MOST_TOLD) told.reread = true;
        else if (!told.reread) told.lines.push(line);
      }
      if (told.reread) told.lines = [];
      if (at !== known) setPlace.run({ ...at, id: run });
      return told;
    } finally {
      closeSync(file);
    }
  };
  const whole = database.transaction(ingest);

  return {
    /** Reads what is new in a run's file. */
    ingest(run: string, workdir: string): Ingested {
      try {
        return whole.immediate(run, workdir);
      } catch (error) {
        ids.clear(); // a name added in a transaction that failed has no number
        throw error;
      }
    },
    query(
      run: string,
      { names: wanted, from, maxPoints }: { names?: string[] | undefined; from: number; maxPoints: number },
    ): RunMetrics {
      const all = namesOf(run);
      let last = from;
      const series = all
        .filter(({ name }) => wanted?.includes(name) ?? true)
        .map(({ id, name }) => {
          const found = points.all(run, id, from) as MetricPoint[];
          last = Math.max(last, found.at(-1)?.[0] ?? 0);
          return {
            name,
            total: found.length,
            points: downsample(found, maxPoints).map(([s, v]) => [s, v] as [number, number | null]),
          };
        });
      return { names: all.map(({ name }) => name), series, last };
    },
    latest(run: string): Record<string, number | null> {
      return Object.fromEntries(
        namesOf(run).map(({ id, name }) => [name, (newest.get(run, id) as MetricPoint | undefined)?.[1] ?? null]),
      );
    },
    lastStep: (run: string): number =>
      Math.max(0, ...namesOf(run).map(({ id }) => (newest.get(run, id) as MetricPoint)[0])),
  };
}

/** Whether the line before the place is still the one that was read. */
function endsWith(file: number, { offset, line }: Place): boolean {
  if (offset === 0) return true;
  const bytes = Buffer.from(`${line}\n`);
  if (bytes.length > offset) return false;
  const found = Buffer.alloc(bytes.length);
  return readSync(file, found, 0, found.length, offset - found.length) === found.length && found.equals(bytes);
}

/** Lines that have their end, with the byte behind it; what a writer is in the midst of waits. */
function* wholeLines(file: number, from: number): Generator<{ text: string; end: number }> {
  const buffer = Buffer.alloc(CHUNK);
  let rest: Buffer = Buffer.alloc(0);
  for (let at = from; ;) {
    const read = readSync(file, buffer, 0, CHUNK, at + rest.length);
    if (read === 0) return;
    const bytes = Buffer.concat([rest, buffer.subarray(0, read)]);
    let begin = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, begin)) {
      yield { text: bytes.toString('utf8', begin, end), end: at + end + 1 };
      begin = end + 1;
    }
    at += begin;
    rest = bytes.subarray(begin);
    if (rest.length > LONGEST_LINE) return; // not ours: nothing behind it is read
  }
}

/** Null for what is no line of metrics: whatever stands in the file, it can't stop the reading. */
function parseLine(text: string): MetricsLine | null {
  try {
    const { step, ...rest } = JSON.parse(text) as Record<string, unknown>;
    if (!Number.isSafeInteger(step) || (step as number) < 0) return null;
    const values: Record<string, number | null> = {};
    for (const [name, value] of Object.entries(rest))
      if (value === null || typeof value === 'number') values[name] = Number.isFinite(value) ? value : null;
    return { step: step as number, values };
  } catch {
    return null;
  }
}
