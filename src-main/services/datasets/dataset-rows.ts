import { setImmediate } from 'node:timers/promises';
import type { Dataset, DatasetClass, DatasetImage } from '../../../src-shared/contract/datasets.ts';
import type { KeptFailure, WorkProgress } from '../../../src-shared/contract/failure.ts';
import type { BadImage, ImageDataset, ImageItem } from '../../../src-shared/data/dataset.ts';
import { isPackedPath } from '../../../src-shared/data/packed-path.ts';
import type { Database } from '../../database/open.ts';
import { isAlive } from '../../workers/process-liveness.ts';
import type { ProcessIdentity } from '../../workers/process-liveness.ts';

/** Rows written at a time. */
const PIECE = 5000;

interface Row {
  id: string;
  name: string;
  root: string;
  source: Dataset['source'];
  archive: string | null;
  given: string | null;
  state: Dataset['state'];
  owner: string | null;
  error: string | null;
  layout: Dataset['layout'];
  class_names: string;
  splits: string;
  images: number;
  notes: string;
  check_notes: string;
  not_trainable: string | null;
  manifest_hash: string | null;
  seed: number;
  split_seed: number | null;
  added_at: string;
  checked_at: string | null;
}

/** What only the service needs of a row. */
export interface DatasetSource {
  root: string;
  archive: string | null;
  source: Dataset['source'];
  seed: number;
  /** What it is read from, where that isn't its root. */
  given: string | null;
}

export interface PageOptions {
  id: string;
  split?: string | undefined;
  label?: number | undefined;
  after: number;
  limit: number;
}

/** The data sets' tables. */
export function datasetRows(database: Database) {
  const columns = 'd.*, (SELECT count(*) FROM dataset_bad b WHERE b.dataset = d.id) AS bad';
  const one = database.prepare<[string], Row & { bad: number }>(`SELECT ${columns} FROM datasets d WHERE id = ?`);
  const all = database.prepare<[], Row & { bad: number }>(
    `SELECT ${columns} FROM datasets d ORDER BY added_at DESC, id`,
  );
  const insert = database.prepare(
    `INSERT INTO datasets (id, name, root, source, archive, given, state, owner, seed, added_at)
     VALUES (:id, :name, :root, :source, :archive, :given, 'reading', :owner, :seed, :addedAt)`,
  );
  const setState = database.prepare(
    'UPDATE datasets SET state = :state, owner = :owner, error = :error WHERE id = :id',
  );
  const setListing = database.prepare(
    `UPDATE datasets SET state = 'ready', owner = NULL, error = NULL, archive = NULL, root = :root, layout = :layout,
       class_names = :classNames, splits = :splits, images = :images, notes = :notes, check_notes = '[]',
       not_trainable = :notTrainable, manifest_hash = :manifestHash, split_seed = :splitSeed, checked_at = NULL
     WHERE id = :id`,
  );
  const setChecked = database.prepare(
    `UPDATE datasets SET state = 'ready', owner = NULL, error = NULL, check_notes = :notes, checked_at = :at WHERE id = :id`,
  );
  const dropImages = database.prepare('DELETE FROM dataset_images WHERE dataset = ?');
  const dropBad = database.prepare('DELETE FROM dataset_bad WHERE dataset = ?');
  const dropDecoded = database.prepare('DELETE FROM dataset_bad WHERE dataset = ? AND listed = 0');
  const insertImage = database.prepare('INSERT INTO dataset_images VALUES (?, ?, ?, ?, ?, ?)');
  const insertBad = database.prepare('INSERT OR REPLACE INTO dataset_bad VALUES (?, ?, ?, ?, ?)');
  const drop = database.prepare('DELETE FROM datasets WHERE id = ?');
  const perClass = database.prepare<[string], { label: number; split: string; images: number }>(
    `SELECT label, split, count(*) AS images FROM dataset_images
     WHERE dataset = ? AND label IS NOT NULL GROUP BY label, split ORDER BY label`,
  );
  const badOf = database.prepare<[string], { name: string; code: string; reason: string }>(
    'SELECT name, code, reason FROM dataset_bad WHERE dataset = ? ORDER BY name',
  );
  const imageAt = database.prepare<[string, number], { root: string; name: string; path: string | null }>(
    `SELECT d.root, i.name, i.path FROM dataset_images i JOIN datasets d ON d.id = i.dataset
     WHERE i.dataset = ? AND i.position = ?`,
  );
  const placesOf = database.prepare<[string, string], { name: string; position: number }>(
    `SELECT name, min(position) AS position FROM dataset_images
     WHERE dataset = ? AND name IN (SELECT value FROM json_each(?)) GROUP BY name`,
  );
  const itemsOf = database.prepare<[string], { name: string; label: number | null; path: string | null }>(
    'SELECT name, label, path FROM dataset_images WHERE dataset = ? ORDER BY position',
  );

  const putBad = database.transaction((id: string, bad: readonly BadImage[], listed: 0 | 1) => {
    for (const { name, code, reason } of bad) insertBad.run(id, name, code, reason, listed);
  });
  const putImages = database.transaction((id: string, from: number, rows: { split: string; item: ImageItem }[]) => {
    rows.forEach(({ split, item }, i) => {
      const path = isPackedPath(item.path) ? item.path : null;
      insertImage.run(id, from + i, item.name, split, item.label, path);
    });
  });

  return {
    get: (id: string, progress: WorkProgress | null) => {
      const row = one.get(id);
      return row ? asDataset(row, progress) : null;
    },
    list: (progressOf: (id: string) => WorkProgress | null) =>
      all.all().map((row) => asDataset(row, progressOf(row.id))),
    sourceOf: (id: string): DatasetSource | null => one.get(id) ?? null,
    insert: (values: {
      id: string;
      name: string;
      root: string;
      source: Dataset['source'];
      archive: string | null;
      given: string | null;
      owner: ProcessIdentity;
      seed: number;
      addedAt: string;
    }) => void insert.run({ ...values, owner: JSON.stringify(values.owner) }),
    setState: (id: string, state: Dataset['state'], of: { owner?: ProcessIdentity; error?: KeptFailure }) => {
      setState.run({
        id,
        state,
        owner: of.owner ? JSON.stringify(of.owner) : null,
        error: of.error ? JSON.stringify(of.error) : null,
      });
    },
    /**
     * What reading the folder gave, in place of what was there: a piece at a time, so that a million images hold
     * nobody up. Until the last piece the state says that it is being read.
     */
    async setListing(id: string, dataset: ImageDataset): Promise<void> {
      dropImages.run(id);
      dropBad.run(id);
      const rows = Object.entries(dataset.splits).flatMap(([split, items]) => items.map((item) => ({ split, item })));
      for (let from = 0; from < rows.length; from += PIECE) {
        putImages(id, from, rows.slice(from, from + PIECE));
        await setImmediate();
      }
      putBad(id, dataset.bad, 1);
      setListing.run({
        id,
        root: dataset.root,
        layout: dataset.layout,
        classNames: JSON.stringify(dataset.classNames),
        splits: JSON.stringify(
          Object.entries(dataset.splits).map(([name, items]) => ({
            name,
            images: items.length,
            unlabelled: items.filter(({ label }) => label === null).length,
          })),
        ),
        images: rows.length,
        notes: JSON.stringify(dataset.notes),
        notTrainable: dataset.notTrainable,
        manifestHash: dataset.manifestHash,
        splitSeed: dataset.splitSeed,
      });
    },
    /** What decoding every image gave. */
    setChecked: database.transaction((id: string, found: { bad: readonly BadImage[]; notes: string[] }) => {
      dropDecoded.run(id);
      putBad(id, found.bad, 0);
      setChecked.run({ id, notes: JSON.stringify(found.notes), at: new Date().toISOString() });
    }),
    remove: (id: string) => drop.run(id).changes > 0,
    classes(id: string): DatasetClass[] {
      const names = JSON.parse(one.get(id)?.class_names ?? '[]') as string[];
      const classes: DatasetClass[] = names.map((name, index) => ({ index, name, images: {} }));
      for (const { label, split, images } of perClass.all(id)) classes[label]!.images[split] = images;
      return classes;
    },
    page({ id, split, label, after, limit }: PageOptions): DatasetImage[] {
      const names = JSON.parse(one.get(id)?.class_names ?? '[]') as string[];
      const where = [
        'i.dataset = :id AND i.position > :after',
        ...(split === undefined ? [] : ['i.split = :split']),
        ...(label === undefined ? [] : ['i.label = :label']),
      ].join(' AND ');
      const rows = database
        .prepare<[object], Omit<DatasetImage, 'class' | 'thumbnail' | 'bad'> & { code: string | null; reason: string }>(
          `SELECT i.position, i.name, i.split, i.label, b.code, b.reason FROM dataset_images i
           LEFT JOIN dataset_bad b ON b.dataset = i.dataset AND b.name = i.name
           WHERE ${where} ORDER BY i.position LIMIT :limit`,
        )
        .all({
          id,
          after,
          limit,
          ...(split === undefined ? {} : { split }),
          ...(label === undefined ? {} : { label }),
        });
      return rows.map(({ code, reason, ...image }) => ({
        ...image,
        class: image.label === null ? null : (names[image.label] ?? null),
        thumbnail: `/media/thumbnails/${id}/${image.position}`,
        bad: code === null ? null : { code, reason },
      }));
    },
    bad: (id: string) => badOf.all(id),
    imageAt: (id: string, position: number) => imageAt.get(id, position) ?? null,
    /** Where images of these names are; those of other names are left out. */
    placesOf: (id: string, names: readonly string[]) =>
      new Map(placesOf.all(id, JSON.stringify(names)).map(({ name, position }) => [name, position])),
    itemsOf: (id: string) => itemsOf.all(id),
  };
}

const INTERRUPTED: KeptFailure = {
  code: 'interrupted',
  message: 'The process that worked on it ended without a word.',
  hint: 'Refresh it.',
};

function asDataset(row: Row & { bad: number }, progress: WorkProgress | null): Dataset {
  const working = row.state === 'reading' || row.state === 'checking';
  // What a process left behind that was killed is not being worked on.
  const lost = working && !(row.owner !== null && isAlive(JSON.parse(row.owner) as ProcessIdentity));
  // A listing that was there before the check is still there.
  const state = !lost ? row.state : row.state === 'checking' ? 'ready' : 'failed';
  return {
    id: row.id,
    name: row.name,
    root: row.root,
    source: row.source,
    state,
    progress: working && !lost ? progress : null,
    error: lost ? INTERRUPTED : row.error === null ? null : (JSON.parse(row.error) as KeptFailure),
    layout: row.layout,
    images: row.images,
    classes: (JSON.parse(row.class_names) as string[]).length,
    splits: JSON.parse(row.splits) as Dataset['splits'],
    bad: row.bad,
    checkedAt: row.checked_at,
    notes: [...(JSON.parse(row.notes) as string[]), ...(JSON.parse(row.check_notes) as string[])],
    notTrainable: row.not_trainable,
    manifestHash: row.manifest_hash,
    splitSeed: row.split_seed,
    addedAt: row.added_at,
  };
}
