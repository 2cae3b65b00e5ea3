import { join } from 'node:path';
import type { Dataset, DatasetEdit } from '../../../../src-shared/contract/datasets.ts';
import { editSplit, type ImageEdit } from '../../../../src-shared/data/edits.ts';
import type { ImageDataset } from '../../../../src-shared/data/dataset.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import type { Database } from '../../../database/open.ts';
import type { datasetRows, EditedSummary } from '../dataset-rows.ts';
import type { imageRows } from '../image-rows.ts';
import { hashManifest } from '../scan.ts';
import { editRows } from './edit-rows.ts';
import { readEdits, writeEdits } from './edits-file.ts';

interface EditorOptions {
  database: Database;
  rows: ReturnType<typeof datasetRows>;
  images: ReturnType<typeof imageRows>;
  home: string;
}

/** Changes single images of data sets: in the tables, and in the file that every reader of the folder looks into. */
export function createEditor({ database, rows, images, home }: EditorOptions) {
  const edits = editRows(database);

  /** What is left, and its hash: the one that a run on it will have. */
  async function summaryOf(id: string, root: string): Promise<EditedSummary> {
    const splits: ImageDataset['splits'] = {};
    for (const { split, excluded, ...item } of images.items(id)) {
      const kept = (splits[split] ??= []);
      if (excluded === 0) kept.push({ ...item, path: item.path ?? join(root, item.name) });
    }
    return summarise(images.classNames(id), splits);
  }

  /** The label and the state of each image of every data set at a root, by its edits. */
  const showAt = database.transaction((root: string, changed: readonly ImageEdit[]) => {
    for (const id of rows.atRoot(root)) {
      const classNames = images.classNames(id);
      const { splitSeed } = rows.get(id, null)!;
      const byKey = new Map(changed.map((edit) => [`${edit.split}\n${edit.name}`, edit]));
      for (const { position, split, name } of images.items(id)) {
        const edit = byKey.get(`${editSplit(split, splitSeed)}\n${name}`);
        if (!edit) continue;
        const { listedLabel } = images.editedAt(id, position)!;
        const label = edit.class === null ? -1 : classNames.indexOf(edit.class);
        images.setEdited({ id, position, label: label < 0 ? listedLabel : label, excluded: edit.excluded });
      }
    }
  });

  /** One after another: each writes the whole file. */
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = turn.then(work);
    turn = done.catch(() => {});
    return done;
  }

  async function apply(
    { id, root }: Pick<Dataset, 'id' | 'root'>,
    wanted: readonly DatasetEdit[],
  ): Promise<DatasetEdit[]> {
    const { splitSeed } = rows.get(id, null)!;
    const classNames = images.classNames(id);
    const before: DatasetEdit[] = [];
    const changed: ImageEdit[] = [];
    for (const { position, label, excluded } of wanted) {
      const image = images.editedAt(id, position);
      if (!image) throw new AppError('not_found', `The data set ${id} has no image ${position}.`);
      if ((label ?? 0) >= Math.max(1, classNames.length))
        throw new AppError('usage', `The data set has ${classNames.length} classes: there is no class ${label}.`);
      const labelNow = image.label === image.listedLabel ? null : image.label;
      before.push({ position, label: labelNow, excluded: image.excluded });
      const labelThen = label === undefined ? labelNow : label === image.listedLabel ? null : label;
      changed.push({
        split: editSplit(image.split, splitSeed),
        name: image.name,
        class: labelThen === null ? null : classNames[labelThen]!,
        excluded: excluded ?? image.excluded,
      });
    }
    const old = edits.of(root);
    const put = database.transaction((all: readonly ImageEdit[]) => all.forEach((edit) => edits.put(root, edit)));
    put(changed);
    try {
      await writeEdits(home, root, edits.of(root));
    } catch (error) {
      // What readers don't see must not be shown as so.
      database.transaction(() => {
        edits.remove(root);
        old.forEach((edit) => edits.put(root, edit));
      })();
      throw error;
    }
    showAt(root, changed);
    for (const other of rows.atRoot(root)) rows.setEdited(other, await summaryOf(other, root));
    return before.reverse();
  }

  return {
    /** Of a data set that has just been read; those of another one at the same root are its own too. */
    async of(root: string): Promise<ImageEdit[]> {
      const known = edits.of(root);
      if (known.length > 0) return known;
      const kept = await readEdits(home, root);
      database.transaction(() => kept.forEach((edit) => edits.put(root, edit)))();
      return kept;
    },
    write: (root: string) => writeEdits(home, root, edits.of(root)),
    /** @returns what undoes it @throws AppError not_found, usage */
    apply: (dataset: Pick<Dataset, 'id' | 'root'>, wanted: readonly DatasetEdit[]): Promise<DatasetEdit[]> =>
      inTurn(() => apply(dataset, wanted)),
    /** With the last data set at a root its edits go. */
    async forget(root: string): Promise<void> {
      if (rows.atRoot(root).length > 0) return;
      edits.remove(root);
      await writeEdits(home, root, []);
    },
  };
}

/** Counts and hash of what is left of a data set; the hash where it isn't known. */
export async function summarise(
  classNames: string[],
  splits: ImageDataset['splits'],
  known: string | null = null,
): Promise<EditedSummary> {
  return {
    splits: Object.entries(splits).map(([name, items]) => ({
      name,
      images: items.length,
      unlabelled: items.filter(({ label }) => label === null).length,
    })),
    manifestHash: known ?? (await hashManifest({ classNames, splits }, {})),
  };
}
