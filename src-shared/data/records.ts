import type { ImageDataset, ImageItem, LayoutKind } from './dataset.ts';
import { noteWithoutImages, reasonNotTrainable } from './layout-finish.ts';
import { roleOfSplit } from './splits.ts';

/** A data set whose files say themselves which image is of which class and split. */
export interface Records {
  root: string;
  layout: LayoutKind;
  /** In the order of the labels, as the files give it. */
  classNames: string[];
  splits: Record<string, ImageItem[]>;
  notes: string[];
}

/** What a data set is but for its hash. */
export type Listed = Omit<ImageDataset, 'manifestHash' | 'contentsHashed'>;

/** Orders the splits, training first, and says what a person should know of them. */
export function finishRecords({ root, layout, classNames, splits, notes }: Records): Listed {
  const rank = { train: 0, validation: 1, test: 2 };
  const rankOf = (split: string): number => {
    const role = roleOfSplit(split);
    return role === null ? 3 : rank[role];
  };
  const ordered = Object.fromEntries(Object.entries(splits).sort(([a], [b]) => rankOf(a) - rankOf(b)));
  return {
    root,
    layout,
    classNames,
    splits: ordered,
    bad: [],
    ignored: [],
    notes: [...notes, ...noteWithoutImages(ordered, classNames)],
    splitSeed: null,
    notTrainable: reasonNotTrainable(root, classNames, Object.keys(ordered)),
  };
}
