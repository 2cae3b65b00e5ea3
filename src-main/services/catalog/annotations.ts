import type { Annotation } from '../../../src-shared/contract/catalog.ts';
import type { Database } from '../../database/open.ts';

/** What a person says of a name; fields left out stay as they are. */
export interface AnnotationChange {
  readonly name: string;
  readonly starred?: boolean | undefined;
  readonly note?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** Stars, tags and notes, by name: they outlive every import. */
export interface Annotations {
  list(): Annotation[];
  get(name: string): Annotation;
  change(change: AnnotationChange): Annotation;
}

export function openAnnotations(database: Database): Annotations {
  const presence = `EXISTS (SELECT 1 FROM catalog_checkpoint c WHERE c.name = a.name)
    OR EXISTS (SELECT 1 FROM catalog_pretraining p WHERE p.name = a.name)`;
  const one = database.prepare(
    `SELECT a.name, n.id, ifnull(n.starred, 0) AS starred, ifnull(n.note, '') AS note, ${presence} AS present
     FROM (SELECT ? AS name) a LEFT JOIN annotation n ON n.name = a.name`,
  );
  const all = database.prepare(
    `SELECT a.name, a.id, a.starred, a.note, ${presence} AS present FROM annotation a ORDER BY a.name`,
  );
  const tagsOf = database.prepare('SELECT tag FROM annotation_tag WHERE name = ? ORDER BY tag').pluck();
  const asAnnotation = ({ name, starred, note, present }: Row): Annotation => ({
    name,
    starred: starred === 1,
    note,
    tags: tagsOf.all(name) as string[],
    present: present === 1,
  });
  const get = (name: string): Annotation => asAnnotation(one.get(name) as Row);

  const write = database
    .prepare(
      `INSERT INTO annotation (name, starred, note, changed_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE
       SET starred = excluded.starred, note = excluded.note, changed_at = excluded.changed_at
       RETURNING id`,
    )
    .pluck();
  const addTag = database.prepare('INSERT INTO annotation_tag (name, tag) VALUES (?, ?)');
  const dropTags = database.prepare('DELETE FROM annotation_tag WHERE name = ?');
  const dropText = database.prepare('DELETE FROM annotation_text WHERE rowid = ?');
  const addText = database.prepare('INSERT INTO annotation_text (rowid, text) VALUES (?, ?)');
  const drop = database.prepare('DELETE FROM annotation WHERE id = ?');

  return {
    list: () => (all.all() as Row[]).map(asAnnotation),
    get,
    change: database.transaction(({ name, ...change }: AnnotationChange): Annotation => {
      const before = get(name);
      const starred = change.starred ?? before.starred;
      const note = change.note ?? before.note;
      const tags = [...new Set(change.tags ?? before.tags)].sort();
      const id = write.get(name, starred ? 1 : 0, note, new Date().toISOString()) as number;
      dropTags.run(name);
      dropText.run(id);
      for (const tag of tags) addTag.run(name, tag);
      if (!starred && note === '' && tags.length === 0) drop.run(id);
      else addText.run(id, [note, ...tags].join('\n'));
      return get(name);
    }),
  };
}

interface Row {
  name: string;
  id: number | null;
  starred: 0 | 1;
  note: string;
  present: 0 | 1;
}
