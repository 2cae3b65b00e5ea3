import type { SavedView } from '../../../src-shared/contract/catalog.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Database } from '../../database/open.ts';

/** The compare tray: names in order. */
export interface CompareTray {
  get(): string[];
  set(names: readonly string[]): string[];
}

export function openCompareTray(database: Database): CompareTray {
  const all = database.prepare('SELECT name FROM compare_tray ORDER BY position').pluck();
  const add = database.prepare('INSERT INTO compare_tray (position, name) VALUES (?, ?)');
  const get = (): string[] => all.all() as string[];
  return {
    get,
    set: database.transaction((names: readonly string[]): string[] => {
      database.exec('DELETE FROM compare_tray');
      [...new Set(names)].forEach((name, position) => add.run(position, name));
      return get();
    }),
  };
}

/** Named questions with their columns. */
export interface SavedViews {
  list(): SavedView[];
  save(view: SavedView): SavedView;
  /** @throws AppError not_found */
  delete(name: string): void;
}

export function openSavedViews(database: Database): SavedViews {
  const all = database.prepare('SELECT name, query, columns FROM saved_view ORDER BY name');
  const write = database.prepare(
    `INSERT INTO saved_view (name, query, columns, changed_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET query = excluded.query, columns = excluded.columns, changed_at = excluded.changed_at`,
  );
  const drop = database.prepare('DELETE FROM saved_view WHERE name = ?');
  return {
    list: () =>
      (all.all() as { name: string; query: string; columns: string }[]).map(({ name, query, columns }) => ({
        name,
        query: JSON.parse(query) as SavedView['query'],
        columns: JSON.parse(columns) as string[],
      })),
    save(view) {
      write.run(view.name, JSON.stringify(view.query), JSON.stringify(view.columns), new Date().toISOString());
      return view;
    },
    delete(name) {
      if (drop.run(name).changes === 0) {
        throw new AppError('not_found', `There is no saved view "${name}".`, { details: { name } });
      }
    },
  };
}
