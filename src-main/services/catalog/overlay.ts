import type { Database } from '../../database/open.ts';
import { placeOfName } from './read-model.ts';
import type { ReadModel } from './read-model.ts';

/** What a person has added, by row of a read model; names that the catalog hasn't are left out. */
export interface Overlay {
  readonly starred: Uint8Array;
  readonly comparing: Uint8Array;
  /** Number in annotation_text; 0 is none. */
  readonly texts: Uint32Array;
  /** Tags of the rows that have some, in order. */
  readonly tags: ReadonlyMap<number, readonly string[]>;
}

export function readOverlay(database: Database, model: ReadModel): Overlay {
  const rows = model.names.length;
  const starred = new Uint8Array(rows);
  const comparing = new Uint8Array(rows);
  const texts = new Uint32Array(rows);
  const tags = new Map<number, string[]>();
  const annotations = database.prepare('SELECT name, id, starred FROM annotation').raw().all();
  for (const [name, id, star] of annotations as [string, number, number][]) {
    const row = placeOfName(model, name);
    if (row < 0) continue;
    starred[row] = star;
    texts[row] = id;
  }
  const tagged = database.prepare('SELECT name, tag FROM annotation_tag ORDER BY name, tag').raw().all();
  for (const [name, tag] of tagged as [string, string][]) {
    const row = placeOfName(model, name);
    if (row >= 0) tags.set(row, [...(tags.get(row) ?? []), tag]);
  }
  for (const name of database.prepare('SELECT name FROM compare_tray').pluck().all() as string[]) {
    const row = placeOfName(model, name);
    if (row >= 0) comparing[row] = 1;
  }
  return { starred, comparing, texts, tags };
}
