import { existsSync, rmSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { AppError } from '../../src-shared/errors.ts';
import type { Migration } from './migrations/registry.ts';

/**
 * Brings a database up to the newest schema, each step whole or not at all. One that holds anything is checked and
 * copied to `library.db.vN.bak` first. Two processes that start together take turns.
 * @throws AppError conflict for a schema of a later Vitrine, bad_file for a damaged database
 */
export function migrate(database: Database, migrations: readonly Migration[]): void {
  const before = versionOf(database);
  refuseNewer(database, before, migrations.length);
  if (before === migrations.length) return;
  if (before > 0) {
    checkIntegrity(database);
    backUp(database, before);
  }
  for (;;) {
    const step = database.transaction((): boolean => {
      const version = versionOf(database); // another process may have been quicker
      refuseNewer(database, version, migrations.length);
      const migration = migrations[version];
      if (!migration) return false;
      database.exec(migration.sql);
      const [broken] = database.pragma('foreign_key_check') as { table: string }[];
      if (broken) throw new Error(`migration ${migration.name} leaves a dangling reference in ${broken.table}`);
      database.pragma(`user_version = ${version + 1}`);
      return true;
    });
    if (!step.immediate()) return;
  }
}

export function versionOf(database: Database): number {
  return database.pragma('user_version', { simple: true }) as number;
}

function refuseNewer(database: Database, version: number, newest: number): void {
  if (version <= newest) return;
  throw new AppError(
    'conflict',
    `${database.name} was written by a later Vitrine (schema ${version}; this one knows ${newest}).`,
    { hint: 'Update Vitrine, or choose another library with VITRINE_HOME.', details: { file: database.name } },
  );
}

function checkIntegrity(database: Database): void {
  const [first] = database.pragma('integrity_check(1)') as { integrity_check: string }[];
  if (first?.integrity_check === 'ok') return;
  throw new AppError('bad_file', `${database.name} is damaged: ${first?.integrity_check ?? 'no answer'}.`, {
    hint: 'Move it away and run "vitrine library rebuild": runs and checkpoints describe themselves.',
    details: { file: database.name },
  });
}

/** A whole copy beside it, compacted; one of an earlier attempt at the same step is replaced. */
function backUp(database: Database, version: number): void {
  if (database.memory) return;
  const copy = `${database.name}.v${version}.bak`;
  if (existsSync(copy)) rmSync(copy);
  database.prepare('VACUUM INTO ?').run(copy);
}
