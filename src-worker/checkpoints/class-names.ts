import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { areLabelsOf, labelSetOf, labelsOfSet } from '../../src-shared/labels/imagenet.ts';
import { resource } from '../resources.ts';

const TABLE = resource('labels/imagenet.tsv.gz');
/** Bytes; the table is 0.8 MB. */
const MAX_TABLE = 4 << 20;

export interface ClassNames {
  labels: string[] | null;
  /** WordNet's ids in the order of the logits, where the labels are ImageNet's. */
  synsets: string[] | null;
  /** Nothing but the number of classes says that these are the labels. */
  assumed: boolean;
  /** Says so, or is null. */
  note: string | null;
}

/**
 * The names of a checkpoint's classes: its own; without any, and with exactly as many classes as a well-known set has,
 * that set's. Files are read only then, or where own labels may be that set's.
 */
export async function classNames(own: string[] | null, numClasses: number | null): Promise<ClassNames> {
  const set = labelSetOf(numClasses);
  if (!set) return { labels: own, synsets: null, assumed: false, note: null };
  const table = gunzipSync(await readFile(TABLE), { maxOutputLength: MAX_TABLE }).toString('utf8');
  const known = labelsOfSet(table, set);
  if (own) {
    return { labels: own, synsets: areLabelsOf(own, known) ? known.synsets : null, assumed: false, note: null };
  }
  return {
    labels: known.labels,
    synsets: known.synsets,
    assumed: true,
    note: `The labels are assumed from the number of classes: ${set.classes.toLocaleString('en')} is that of ${set.title}.`,
  };
}
