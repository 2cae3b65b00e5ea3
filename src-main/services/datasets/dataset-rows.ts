import { setImmediate } from 'node:timers/promises';
import type { Dataset } from '../../../src-shared/contract/datasets.ts';
import type { KeptFailure, WorkProgress } from '../../../src-shared/contract/failure.ts';
import type { BadImage, ImageDataset, ImageItem } from '../../../src-shared/data/dataset.ts';
import { findEdits, type ImageEdit } from '../../../src-shared/data/edits.ts';
import { isPackedPath } from '../../../src-shared/data/packed-path.ts';
import type { Database } from '../../database/open.ts';
import { isAlive } from '../../workers/process-liveness.ts';
import type { ProcessIdentity } from '../../workers/process-liveness.ts';
import type { StoredFindings } from './quality/findings.ts';

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
  findings: string | null;
  added_at: string;
  checked_at: string | null;
}

interface FullRow extends Row {
  bad: number;
  excluded: number;
  relabelled: number;
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

/** A data set after its edits, in numbers. */
export interface EditedSummary {
  splits: Dataset['splits'];
  manifestHash: string;
}

interface KeptListing {
  /** As the folder says. */
  dataset: ImageDataset;
  edits: readonly ImageEdit[];
  after: EditedSummary;
}

interface Checked {
  bad: readonly BadImage[];
  notes: string[];
  findings?: StoredFindings | null;
}

/** An image as the folder has it, and what holds after its edit. */
interface ListedRow {
  split: string;
  item: ImageItem;
  label: number | null;
  excluded: boolean;
}

/** The data sets' table, and what fills the tables of their images. */
export function datasetRows(database: Database) {
  // Few images are edited: an index of these alone answers.
  const edited = (what: string) =>
    `(SELECT count(*) FROM dataset_images i WHERE i.dataset = d.id AND (excluded = 1 OR label IS NOT listed_label) AND ${what})`;
  const columns = `d.*, (SELECT count(*) FROM dataset_bad b WHERE b.dataset = d.id) AS bad,
    ${edited('excluded = 1')} AS excluded, ${edited('label IS NOT listed_label AND excluded = 0')} AS relabelled`;
  const one = database.prepare<[string], FullRow>(`SELECT ${columns} FROM datasets d WHERE id = ?`);
  const all = database.prepare<[], FullRow>(`SELECT ${columns} FROM datasets d ORDER BY added_at DESC, id`);
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
       not_trainable = :notTrainable, manifest_hash = :manifestHash, split_seed = :splitSeed, checked_at = NULL,
       findings = NULL
     WHERE id = :id`,
  );
  const setChecked = database.prepare(
    `UPDATE datasets SET state = 'ready', owner = NULL, error = NULL, check_notes = :notes, checked_at = :at,
       findings = :findings WHERE id = :id`,
  );
  const setEdited = database.prepare(
    'UPDATE datasets SET splits = :splits, images = :images, manifest_hash = :manifestHash WHERE id = :id',
  );
  const nameAt = database.prepare<[string], string>('SELECT name FROM datasets WHERE root = ?').pluck();
  const atRoot = database.prepare<[string], string>('SELECT id FROM datasets WHERE root = ?').pluck();
  const dropImages = database.prepare('DELETE FROM dataset_images WHERE dataset = ?');
  const dropBad = database.prepare('DELETE FROM dataset_bad WHERE dataset = ?');
  const dropDecoded = database.prepare('DELETE FROM dataset_bad WHERE dataset = ? AND listed = 0');
  const insertImage = database.prepare(
    `INSERT INTO dataset_images (dataset, position, name, split, label, path, listed_label, excluded)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertBad = database.prepare('INSERT OR REPLACE INTO dataset_bad VALUES (?, ?, ?, ?, ?)');
  const drop = database.prepare('DELETE FROM datasets WHERE id = ?');
  const putBad = database.transaction((id: string, bad: readonly BadImage[], listed: 0 | 1) => {
    for (const { name, code, reason } of bad) insertBad.run(id, name, code, reason, listed);
  });
  const putImages = database.transaction((id: string, from: number, rows: ListedRow[]) => {
    rows.forEach(({ split, item, label, excluded }, i) => {
      const path = isPackedPath(item.path) ? item.path : null;
      insertImage.run(id, from + i, item.name, split, label, path, item.label, Number(excluded));
    });
  });

  return {
    get: (id: string, progress: WorkProgress | null) => {
      const row = one.get(id);
      return row ? asDataset(row, progress) : null;
    },
    nameAt: (root: string): string | null => nameAt.get(root) ?? null,
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
    async setListing(id: string, { dataset, edits, after }: KeptListing): Promise<void> {
      dropImages.run(id);
      dropBad.run(id);
      const editOf = findEdits(edits, dataset.splitSeed);
      const rows = Object.entries(dataset.splits).flatMap(([split, items]) =>
        items.map((item) => {
          const edit = editOf(split, item.name);
          const label = dataset.classNames.indexOf(edit?.class ?? '');
          return { split, item, label: label < 0 ? item.label : label, excluded: edit?.excluded ?? false };
        }),
      );
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
        splits: JSON.stringify(after.splits),
        images: countOf(after),
        notes: JSON.stringify(dataset.notes),
        notTrainable: dataset.notTrainable,
        manifestHash: after.manifestHash,
        splitSeed: dataset.splitSeed,
      });
    },
    /** What decoding every image gave; `findings` where they were compared too. */
    setChecked: database.transaction((id: string, { bad, notes, findings = null }: Checked) => {
      dropDecoded.run(id);
      putBad(id, bad, 0);
      const at = new Date().toISOString();
      setChecked.run({ id, notes: JSON.stringify(notes), at, findings: findings && JSON.stringify(findings) });
    }),
    /** What is left after other edits. */
    setEdited: (id: string, after: EditedSummary) =>
      void setEdited.run({
        id,
        splits: JSON.stringify(after.splits),
        images: countOf(after),
        manifestHash: after.manifestHash,
      }),
    /** Data sets that lie in the same folder: they have the same edits. */
    atRoot: (root: string): string[] => atRoot.all(root),
    findings: (id: string): StoredFindings | null => {
      const { findings } = one.get(id)!;
      return findings === null ? null : (JSON.parse(findings) as StoredFindings);
    },
    remove: (id: string) => drop.run(id).changes > 0,
  };
}

function countOf({ splits }: EditedSummary): number {
  return splits.reduce((sum, { images }) => sum + images, 0);
}

const INTERRUPTED: KeptFailure = {
  code: 'interrupted',
  message: 'The process that worked on it ended without a word.',
  hint: 'Refresh it.',
};

function asDataset(row: FullRow, progress: WorkProgress | null): Dataset {
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
    excluded: row.excluded,
    relabelled: row.relabelled,
    checkedAt: row.checked_at,
    compared: row.findings !== null,
    notes: [...(JSON.parse(row.notes) as string[]), ...(JSON.parse(row.check_notes) as string[])],
    notTrainable: row.not_trainable,
    manifestHash: row.manifest_hash,
    splitSeed: row.split_seed,
    addedAt: row.added_at,
  };
}
