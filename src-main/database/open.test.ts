import { chmodSync, existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../src-shared/errors.ts';
import { versionOf } from './migrate.ts';
import { MIGRATIONS } from './migrations/registry.ts';
import { openDatabase } from './open.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'vitrine-database-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const first = { name: 'first', sql: 'CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT) STRICT' };
const second = { name: 'second', sql: 'ALTER TABLE a ADD COLUMN y TEXT; UPDATE a SET y = x' };
const failing = { name: 'failing', sql: 'CREATE TABLE b (id INTEGER); INSERT INTO nowhere VALUES (1)' };

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('opening', () => {
  test('a new library has the newest schema, a write-ahead log and foreign keys', () => {
    const database = openDatabase(join(folder, 'deep/library.db'));
    expect(versionOf(database)).toBe(MIGRATIONS.length);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(database.pragma('foreign_keys', { simple: true })).toBe(1);
    database.close();
  });

  test('every version migrates up to the newest', () => {
    for (let from = 0; from <= MIGRATIONS.length; from++) {
      const path = join(folder, `from-${from}.db`);
      openDatabase(path, MIGRATIONS.slice(0, from)).close();
      const database = openDatabase(path);
      expect(versionOf(database)).toBe(MIGRATIONS.length);
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
      database.close();
    }
  });

  test('a file that is no database, a folder that is a file', () => {
    const path = join(folder, 'library.db');
    writeFileSync(path, 'this is a text of more than sixteen bytes, and no database at all\n'.repeat(50));
    expect(codeOf(() => openDatabase(path))).toBe('bad_file');
    expect(codeOf(() => openDatabase(join(path, 'library.db')))).toBe('bad_file');
  });

  test.skipIf(process.getuid?.() === 0)('a folder that may not be written (needs a user who is not root)', () => {
    chmodSync(folder, 0o500);
    expect(codeOf(() => openDatabase(join(folder, 'library.db')))).toBe('bad_file');
  });
});

describe('migrating', () => {
  test('keeps the rows and a copy of the version before', () => {
    const path = join(folder, 'library.db');
    const old = openDatabase(path, [first]);
    old.prepare('INSERT INTO a (x) VALUES (?)').run('kept');
    old.close();
    const database = openDatabase(path, [first, second]);
    expect(database.prepare('SELECT x, y FROM a').all()).toEqual([{ x: 'kept', y: 'kept' }]);
    database.close();
    const copy = openDatabase(`${path}.v1.bak`, [first]);
    expect(copy.prepare('SELECT x FROM a').all()).toEqual([{ x: 'kept' }]);
    copy.close();
  });

  test('a step that fails leaves the version before, whole', () => {
    const path = join(folder, 'library.db');
    openDatabase(path, [first]).close();
    expect(() => openDatabase(path, [first, failing])).toThrow(/nowhere/);
    const database = openDatabase(path, [first]);
    expect(versionOf(database)).toBe(1);
    expect(database.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'b'").get()).toEqual({ n: 0 });
    database.close();
  });

  test("a later Vitrine's library is refused and left alone", () => {
    const path = join(folder, 'library.db');
    openDatabase(path, [first, second]).close();
    expect(codeOf(() => openDatabase(path, [first]))).toBe('conflict');
    const database = openDatabase(path, [first, second]);
    expect(versionOf(database)).toBe(2);
    database.close();
  });

  test('a damaged library is not migrated', () => {
    const path = join(folder, 'library.db');
    const old = openDatabase(path, [first]);
    const insert = old.prepare('INSERT INTO a (x) VALUES (?)');
    for (let i = 0; i < 2000; i++) insert.run('x'.repeat(100));
    old.pragma('wal_checkpoint(TRUNCATE)');
    old.close();
    truncateSync(path, 8192);
    expect(codeOf(() => openDatabase(path, [first, second]))).toBe('bad_file');
    expect(existsSync(`${path}.v1.bak`)).toBe(false);
  });
});
