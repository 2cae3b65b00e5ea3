import type { ImageDataset } from '../../../../src-shared/data/dataset.ts';
import { roleOfSplit } from '../../../../src-shared/data/splits.ts';

/** How unevenly a training split is spread over its classes. */
export interface Imbalance {
  split: string;
  largest: { class: string; images: number };
  smallest: { class: string; images: number };
  /** Of the largest class's images to the smallest's; null where a class has none. */
  ratio: number | null;
  /** The ratio is 10 or more: accuracy then says little of the small classes. */
  uneven: boolean;
}

const UNEVEN = 10;

/** Null without a training split or without two classes. */
export function imbalanceOf({ splits, classNames }: Pick<ImageDataset, 'splits' | 'classNames'>): Imbalance | null {
  const split = Object.keys(splits).find((name) => roleOfSplit(name) === 'train');
  if (split === undefined || classNames.length < 2) return null;
  const counts = classNames.map(() => 0);
  for (const { label } of splits[split]!) if (label !== null) counts[label]!++;
  const [most, least] = [Math.max(...counts), Math.min(...counts)];
  const named = (images: number) => ({ class: classNames[counts.indexOf(images)]!, images });
  const ratio = least === 0 ? null : most / least;
  return { split, largest: named(most), smallest: named(least), ratio, uneven: ratio === null || ratio >= UNEVEN };
}
