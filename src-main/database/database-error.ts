import Database from 'better-sqlite3';
import { AppError } from '../../src-shared/errors.ts';

/** A failure of SQLite in a person's words; anything else as it is. */
export function databaseError(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const details = { file: path, sqlite: error.code };
  const family = error.code.split('_', 2).join('_');
  switch (family) {
    case 'SQLITE_FULL':
      return new AppError('disk_full', `The disk is full: ${path} could not be written.`, {
        hint: 'Free some space; nothing of the library is lost.',
        details,
        cause: error,
      });
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return new AppError('conflict', `Another process is writing to ${path}.`, {
        hint: 'Try again in a moment.',
        details,
        cause: error,
      });
    case 'SQLITE_NOTADB':
    case 'SQLITE_CORRUPT':
      return new AppError('bad_file', `${path} is damaged: ${error.message}.`, {
        hint: 'Move it away and run "vitrine library rebuild": runs and checkpoints describe themselves.',
        details,
        cause: error,
      });
    case 'SQLITE_READONLY':
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_IOERR':
    case 'SQLITE_PERM':
      return new AppError('bad_file', `${path} can't be opened or written: ${error.message}.`, {
        hint: 'Check that the folder is there and may be written, or choose another with VITRINE_HOME.',
        details,
        cause: error,
      });
    default:
      return error;
  }
}
