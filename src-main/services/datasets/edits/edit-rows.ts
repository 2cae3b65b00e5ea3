import type { ImageEdit } from '../../../../src-shared/data/edits.ts';
import type { Database } from '../../../database/open.ts';

/** What people have decided about single images, by the folder that they lie in. */
export function editRows(database: Database) {
  const all = database.prepare<[string], Omit<ImageEdit, 'excluded'> & { excluded: 0 | 1 }>(
    'SELECT split, name, class, excluded FROM dataset_edits WHERE root = ? ORDER BY split, name',
  );
  const put = database.prepare('INSERT OR REPLACE INTO dataset_edits VALUES (?, ?, ?, ?, ?)');
  const drop = database.prepare('DELETE FROM dataset_edits WHERE root = ? AND split = ? AND name = ?');
  const dropAll = database.prepare('DELETE FROM dataset_edits WHERE root = ?');
  return {
    of: (root: string): ImageEdit[] => all.all(root).map((edit) => ({ ...edit, excluded: edit.excluded === 1 })),
    /** One that changes nothing is forgotten. */
    put(root: string, edit: ImageEdit): void {
      if (edit.class === null && !edit.excluded) drop.run(root, edit.split, edit.name);
      else put.run(root, edit.split, edit.name, edit.class, Number(edit.excluded));
    },
    remove: (root: string) => void dropAll.run(root),
  };
}
