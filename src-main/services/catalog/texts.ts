import type { Database } from '../../database/open.ts';

/** Texts to search, each distinct one once, by the number it has in `catalog_text`. */
export interface Texts {
  idOf(text: string): number;
  /** Removes those that no row refers to any more. */
  sweep(): void;
}

/** What is in there already keeps its number. Within a transaction of the caller's. */
export function openTexts(database: Database): Texts {
  const rows = database.prepare('SELECT rowid, text FROM catalog_text').raw().all() as [number, string][];
  const ids = new Map(rows.map(([id, text]) => [text, id]));
  const insert = database.prepare('INSERT INTO catalog_text (text) VALUES (?)');
  return {
    idOf(text) {
      let id = ids.get(text);
      if (id === undefined) {
        id = Number(insert.run(text).lastInsertRowid);
        ids.set(text, id);
      }
      return id;
    },
    sweep() {
      database.exec(`
        DELETE FROM catalog_text WHERE rowid NOT IN (
          SELECT text FROM catalog_pretraining
          UNION SELECT text FROM catalog_checkpoint WHERE text IS NOT NULL
          UNION SELECT own_text FROM catalog_checkpoint WHERE own_text IS NOT NULL)`);
    },
  };
}

/** What finds a pre-training: its name, its model as the papers write it, its collection. */
export function pretrainingText(name: string, model: string, title: string): string {
  return `${name} ${model} ${title}`;
}
