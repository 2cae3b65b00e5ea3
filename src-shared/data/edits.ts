import type { ImageItem } from './dataset.ts';
import { plural, some } from './file-names.ts';
import { noteWithoutImages } from './layout-finish.ts';
import type { Listed } from './records.ts';

/** What a person has decided about one image of a data set; its file stays as it is. */
export interface ImageEdit {
  /** Empty where Vitrine makes the splits: an image may come into another one when files are added. */
  readonly split: string;
  readonly name: string;
  /** What it shows, by name, in place of what the folder says; null: as the folder says. */
  readonly class: string | null;
  /** Left out of everything that the data set is used for. */
  readonly excluded: boolean;
}

/** How an edit names the split of an image. */
export function editSplit(split: string, splitSeed: number | null): string {
  return splitSeed === null ? split : '';
}

/** Looks up an image's edit. */
export function findEdits(
  edits: readonly ImageEdit[],
  splitSeed: number | null,
): (split: string, name: string) => ImageEdit | undefined {
  const byKey = new Map(edits.map((edit) => [`${edit.split}\n${edit.name}`, edit]));
  return (split, name) => byKey.get(`${editSplit(split, splitSeed)}\n${name}`);
}

/**
 * The data set as it is after its edits: training, evaluation and the manifest's hash see this one. An edit of an image
 * that is gone, or to a class that is gone, changes nothing.
 */
export function applyEdits(listed: Listed, edits: readonly ImageEdit[]): Listed {
  if (edits.length === 0) return listed;
  const editOf = findEdits(edits, listed.splitSeed);
  const labelOf = new Map(listed.classNames.map((name, label) => [name, label]));
  let excluded = 0;
  let relabelled = 0;
  const lost = new Set<string>();
  const splits = Object.entries(listed.splits).map(([split, items]) => {
    const kept: ImageItem[] = [];
    for (const item of items) {
      const edit = editOf(split, item.name);
      if (edit?.excluded) excluded++;
      if (edit?.excluded) continue;
      const wanted = edit?.class ?? null;
      const label = wanted === null ? undefined : labelOf.get(wanted);
      if (wanted !== null && label === undefined) lost.add(wanted);
      if (label !== undefined && label !== item.label) relabelled++;
      kept.push(label === undefined ? item : { ...item, label });
    }
    return [split, kept] as const;
  });
  const after = Object.fromEntries(splits);
  const notes = [...listed.notes];
  if (excluded > 0) notes.push(`${plural(excluded, 'image')} left out in Vitrine.`);
  if (relabelled > 0) notes.push(`${plural(relabelled, 'image')} relabelled in Vitrine.`);
  if (lost.size > 0)
    notes.push(`Images were relabelled to classes that are gone, and are as before: ${some([...lost])}.`);
  const emptied = noteWithoutImages(after, listed.classNames).filter((note) => !notes.includes(note));
  return { ...listed, splits: after, notes: [...notes, ...emptied] };
}
