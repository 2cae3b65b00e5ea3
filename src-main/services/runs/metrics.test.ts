import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../database/open.ts';
import type { Database } from '../../database/open.ts';
import { createMetricsStore } from './metrics.ts';
import type { MetricsStore } from './metrics.ts';

let folder: string;
let database: Database;
let store: MetricsStore;

function addRun(id: string): void {
  database
    .prepare(
      `INSERT INTO runs (id, workdir, name, request, wish, wished_at, summary, state, created_at, changed_at)
       VALUES (?, ?, 'r', '{}', 'run', 0, '{}', 'running', 0, 0)`,
    )
    .run(id, `${folder}/${id}`);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-metrics-'));
  database = openDatabase(join(folder, 'library.db'));
  store = createMetricsStore(database);
  addRun('a');
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

const line = (step: number, loss: number | null): string => `${JSON.stringify({ step, loss })}\n`;
const file = (): string => join(folder, 'metrics.jsonl');
const lossOf = (): unknown => store.query('a', { from: 0, maxPoints: 1000 }).series[0]?.points;

describe('reading metrics', () => {
  test('line by line as they are written; a half line waits; nothing twice', () => {
    expect(store.ingest('a', folder)).toEqual({ lines: [], reread: false });
    writeFileSync(file(), line(1, 3) + line(2, 2) + '{"step":3,"lo');
    expect(store.ingest('a', folder).lines.map(({ step }) => step)).toEqual([1, 2]);
    expect(store.ingest('a', folder).lines).toEqual([]);
    appendFileSync(file(), `ss":1}\n${line(3, null)}`);
    const { lines } = store.ingest('a', folder);
    expect(lines).toEqual([
      { step: 3, values: { loss: 1 } },
      { step: 3, values: { loss: null } },
    ]);
    expect(lossOf()).toEqual([
      [1, 3],
      [2, 2],
      [3, null],
    ]);
  });

  test.each([
    [
      'by another file of that name',
      (text: string) => (writeFileSync(`${file()}.tmp`, text), renameSync(`${file()}.tmp`, file())),
    ],
    ['in the same file, which is longer now', (text: string) => writeFileSync(file(), text)],
  ])('a resumed run writes its file anew, %s: what no longer counts goes', (_, rewrite) => {
    writeFileSync(file(), line(1, 3) + line(2, 2) + line(3, 1));
    store.ingest('a', folder);
    rewrite(line(1, 3) + line(2, 5) + line(3, 6) + line(4, 7));
    expect(store.ingest('a', folder)).toMatchObject({ reread: true });
    expect(lossOf()).toEqual([
      [1, 3],
      [2, 5],
      [3, 6],
      [4, 7],
    ]);
  });

  test('a folder that is away takes nothing from what is known', () => {
    writeFileSync(file(), line(1, 3));
    store.ingest('a', folder);
    expect(store.ingest('a', join(folder, 'nowhere'))).toEqual({ lines: [], reread: false });
    expect(lossOf()).toEqual([[1, 3]]);
  });

  test('rubbish in the file is passed over', () => {
    writeFileSync(
      file(),
      `null\n[1]\n{"step":-1,"loss":2}\n{"step":"x"}\n\u0000\n{"step":1,"loss":"high","other":2}\n`,
    );
    store.ingest('a', folder);
    expect(store.latest('a')).toEqual({ other: 2 });
  });

  test('a reader that dies in the midst leaves what was before, and the next one reads all', () => {
    writeFileSync(file(), line(1, 3) + line(2, 2));
    const cut = (): void =>
      database.transaction(() => {
        store.ingest('a', folder);
        throw new Error('killed');
      })();
    expect(cut).toThrow('killed');
    expect(store.query('a', { from: 0, maxPoints: 100 }).names).toEqual([]);
    // Another process, which knows no numbers of names.
    store = createMetricsStore(database);
    expect(store.ingest('a', folder).lines).toHaveLength(2);
    expect(store.lastStep('a')).toBe(2);
  });
});

test('100 runs of 10,000 points: thinned out with their peaks, only what is new after a step, in little memory', () => {
  const text = Array.from({ length: 10_000 }, (_, i) => line(i + 1, i === 7000 ? 99 : Math.sin(i))).join('');
  writeFileSync(file(), text);
  const ids = Array.from({ length: 100 }, (_, i) => `run-${i}`);
  const before = process.memoryUsage().rss;
  for (const id of ids) {
    addRun(id);
    expect(store.ingest(id, folder)).toMatchObject({ reread: true });
  }
  for (const id of ids) {
    const { series, last } = store.query(id, { from: 0, maxPoints: 500 });
    expect(series[0]!.total).toBe(10_000);
    expect(series[0]!.points.length).toBeLessThanOrEqual(500);
    expect(series[0]!.points).toContainEqual([7001, 99]);
    expect(last).toBe(10_000);
  }
  expect(store.query('run-5', { from: 9_991, maxPoints: 500 }).series[0]!.points).toHaveLength(10);
  const grown = (process.memoryUsage().rss - before) / 2 ** 20;
  expect(grown, `${grown} MiB`).toBeLessThan(100);
});
