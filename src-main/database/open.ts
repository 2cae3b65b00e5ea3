import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { databaseError } from './database-error.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/registry.ts';
import type { Migration } from './migrations/registry.ts';

export type { Database } from 'better-sqlite3';

/** How long a write waits for another process's, ms. */
const BUSY_MS = 5000;

/**
 * Opens the library's database, made where there is none, at the newest schema.
 * @param path of the file; its folder is made; ":memory:" for one that nobody keeps
 * @throws AppError conflict (a later Vitrine's, or in use too long), bad_file (damaged, not to be opened), disk_full
 */
export function openDatabase(path: string, migrations: readonly Migration[] = MIGRATIONS): Database.Database {
  let database: Database.Database | undefined;
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    database = new Database(path, { timeout: BUSY_MS });
    // Readers never wait, and a power cut loses at most the last moments, never the file.
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    migrate(database, migrations);
    return database;
  } catch (error) {
    database?.close();
    throw databaseError(asSqliteError(error), path);
  }
}

/** A folder that can't be made is the same to a person as a file that can't be opened. */
function asSqliteError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC') return new Database.SqliteError(String(error), 'SQLITE_FULL');
  return code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST'
    ? new Database.SqliteError((error as Error).message, 'SQLITE_CANTOPEN')
    : error;
}
