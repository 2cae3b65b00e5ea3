import type { DatasetClass, DatasetImage } from '../../../src-shared/contract/datasets.ts';
import type { ImageItem } from '../../../src-shared/data/dataset.ts';
import type { Database } from '../../database/open.ts';

/** What is special about an image. */
export type OnlyImages = 'excluded' | 'relabelled' | 'bad' | 'unlabelled';

export interface PageOptions {
  id: string;
  split?: string | undefined;
  label?: number | undefined;
  /** Part of the name, any case. */
  text?: string | undefined;
  /** Excluded images are on no page but their own. */
  only?: OnlyImages | undefined;
  after: number;
  /** Of those that are left: passed over. */
  offset?: number | undefined;
  limit: number;
}

/** What an image is, before and after it was edited. */
export interface EditedImage {
  position: number;
  name: string;
  split: string;
  label: number | null;
  listedLabel: number | null;
  excluded: boolean;
}

type PageRow = Pick<DatasetImage, 'position' | 'name' | 'split' | 'label'> & {
  listed_label: number | null;
  excluded: 0 | 1;
  code: string | null;
  reason: string;
};

const ONLY: Record<OnlyImages, string> = {
  excluded: 'i.excluded = 1',
  relabelled: 'i.excluded = 0 AND i.label IS NOT i.listed_label',
  bad: 'i.excluded = 0 AND b.code IS NOT NULL',
  unlabelled: 'i.excluded = 0 AND i.label IS NULL',
};

const COLUMNS = 'i.position, i.name, i.split, i.label, i.listed_label, i.excluded, b.code, b.reason';
const FROM = 'FROM dataset_images i LEFT JOIN dataset_bad b ON b.dataset = i.dataset AND b.name = i.name';

/** The images of data sets. */
export function imageRows(database: Database) {
  const names = database.prepare<[string], string>('SELECT class_names FROM datasets WHERE id = ?').pluck();
  const perClass = database.prepare<[string], { label: number; split: string; images: number }>(
    `SELECT label, split, count(*) AS images FROM dataset_images
     WHERE dataset = ? AND label IS NOT NULL AND excluded = 0 GROUP BY label, split ORDER BY label`,
  );
  const perSplit = database.prepare<[string], { name: string; images: number; unlabelled: number }>(
    `SELECT split AS name, sum(excluded = 0) AS images, sum(excluded = 0 AND label IS NULL) AS unlabelled
     FROM dataset_images WHERE dataset = ? GROUP BY split ORDER BY min(position)`,
  );
  const badOf = database.prepare<[string], { name: string; code: string; reason: string }>(
    'SELECT name, code, reason FROM dataset_bad WHERE dataset = ? ORDER BY name',
  );
  const single = database.prepare<[string, number], PageRow>(
    `SELECT ${COLUMNS} ${FROM} WHERE i.dataset = ? AND i.position = ?`,
  );
  const imageAt = database.prepare<[string, number], { root: string; name: string; path: string | null }>(
    `SELECT d.root, i.name, i.path FROM dataset_images i JOIN datasets d ON d.id = i.dataset
     WHERE i.dataset = ? AND i.position = ?`,
  );
  const placesOf = database.prepare<[string, string], { name: string; position: number }>(
    `SELECT name, min(position) AS position FROM dataset_images
     WHERE dataset = ? AND name IN (SELECT value FROM json_each(?)) GROUP BY name`,
  );
  const editedAt = database.prepare<[string, number], Omit<EditedImage, 'excluded'> & { excluded: 0 | 1 }>(
    `SELECT position, name, split, label, listed_label AS listedLabel, excluded FROM dataset_images
     WHERE dataset = ? AND position = ?`,
  );
  const setEdited = database.prepare(
    'UPDATE dataset_images SET label = ?, excluded = ? WHERE dataset = ? AND position = ?',
  );
  const all = database.prepare<[string], ItemRow>(
    `SELECT position, name, split, label, path, excluded FROM dataset_images WHERE dataset = ? ORDER BY position`,
  );
  const classNames = (id: string): string[] => JSON.parse(names.get(id) ?? '[]') as string[];

  return {
    classNames,
    classes(id: string): DatasetClass[] {
      const classes: DatasetClass[] = classNames(id).map((name, index) => ({ index, name, images: {} }));
      for (const { label, split, images } of perClass.all(id)) classes[label]!.images[split] = images;
      return classes;
    },
    splits: (id: string) => perSplit.all(id),
    page({ id, after, offset = 0, limit, ...filter }: PageOptions): { images: DatasetImage[]; total: number } {
      const known = classNames(id);
      const { where, values } = conditions(filter);
      const from = `${FROM} WHERE i.dataset = :id AND ${where}`;
      const total = database
        .prepare<[object], number>(`SELECT count(*) ${from}`)
        .pluck()
        .get({ id, ...values })!;
      const rows = database
        .prepare<[object], PageRow>(
          `SELECT ${COLUMNS} ${from}
           AND i.position > :after ORDER BY i.position LIMIT :limit OFFSET :offset`,
        )
        .all({ id, after, limit, offset, ...values });
      return { images: rows.map((row) => asImage(id, row, known)), total };
    },
    one(id: string, position: number): DatasetImage | null {
      const row = single.get(id, position);
      return row ? asImage(id, row, classNames(id)) : null;
    },
    bad: (id: string) => badOf.all(id),
    imageAt: (id: string, position: number) => imageAt.get(id, position) ?? null,
    /** Where images of these names are; those of other names are left out. */
    placesOf: (id: string, names: readonly string[]) =>
      new Map(placesOf.all(id, JSON.stringify(names)).map(({ name, position }) => [name, position])),
    editedAt(id: string, position: number): EditedImage | null {
      const row = editedAt.get(id, position);
      return row ? { ...row, excluded: row.excluded === 1 } : null;
    },
    setEdited: ({
      id,
      position,
      label,
      excluded,
    }: { id: string } & Pick<EditedImage, 'position' | 'label' | 'excluded'>) =>
      void setEdited.run(label, Number(excluded), id, position),
    /** Every image in order, excluded ones too. */
    items: (id: string): ItemRow[] => all.all(id),
  };
}

export interface ItemRow extends Omit<ImageItem, 'path'> {
  position: number;
  split: string;
  /** Null: its name below the root. */
  path: string | null;
  excluded: 0 | 1;
}

type Filter = Pick<PageOptions, 'split' | 'label' | 'text' | 'only'>;

function conditions({ split, label, text, only }: Filter): { where: string; values: Record<string, string | number> } {
  const parts = [only === undefined ? 'i.excluded = 0' : ONLY[only]];
  const values: Record<string, string | number> = {};
  const add = (name: string, sql: string, value: string | number | undefined): void => {
    if (value === undefined) return;
    parts.push(sql);
    values[name] = value;
  };
  add('split', 'i.split = :split', split);
  add('label', 'i.label = :label', label);
  add('text', 'instr(lower(i.name), lower(:text)) > 0', text);
  return { where: parts.join(' AND '), values };
}

function asImage(id: string, row: PageRow, classNames: readonly string[]): DatasetImage {
  const { code, reason, listed_label: listed, excluded, ...image } = row;
  const nameOf = (label: number | null): string | null => (label === null ? null : (classNames[label] ?? null));
  return {
    ...image,
    class: nameOf(image.label),
    relabelled: image.label !== listed,
    listedClass: nameOf(listed),
    excluded: excluded === 1,
    thumbnail: `/media/thumbnails/${id}/${image.position}`,
    bad: code === null ? null : { code, reason },
  };
}
