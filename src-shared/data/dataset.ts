import type { ImageFormat } from './sniff.ts';

/**
 * What a folder of labelled images is to every part of the program. Labels are indices into `classNames`, which are
 * sorted by code point as vit_jax sorts them (Python's `sorted`), so that a head trained by either means the same.
 */
export interface ImageItem {
  /** Absolute; of a stretch of a larger file as packed-path.ts spells it. */
  path: string;
  /** Index into `classNames`, or null where the folder says nothing (an unlabelled test split). */
  label: number | null;
  /** Path relative to the root, with '/'; of a record `FILE#NUMBER`, from 0. */
  name: string;
}

/** An image and the file a decoder reads for it: itself, or its copy in the import cache. */
export interface DecodableItem extends ImageItem {
  decodePath: string;
}

export type BadImageCode =
  | 'empty'
  | 'not_an_image'
  | 'unsupported'
  | 'truncated'
  | 'undecodable'
  | 'too_large'
  | 'unreadable'
  /** Named by a labels file, not in the folder. */
  | 'missing'
  /** Named by a labels file without a label. */
  | 'no_label';

export interface BadImage {
  /** Absolute. */
  path: string;
  /** Path relative to the root, with '/'. */
  name: string;
  /** One clause for a person, without the file's name. */
  reason: string;
  code: BadImageCode;
}

export type LayoutKind =
  | 'split/class'
  | 'class'
  | 'table'
  | 'split/table'
  | 'flat'
  /** A directory that TensorFlow Datasets has prepared. */
  | 'tfds'
  /** Image data in Parquet, as Hugging Face keeps it. */
  | 'parquet'
  /** CIFAR's binary batches. */
  | 'cifar';

export interface ImageDataset {
  /** Absolute. */
  root: string;
  layout: LayoutKind;
  classNames: string[];
  /** By the name the folder or labels file uses; training first, then validation, then test. */
  splits: Record<string, ImageItem[]>;
  /** Known to be bad from the listing alone (rows of a labels file); decoding finds the others. */
  bad: BadImage[];
  /** SHA-256, hex, over names, sizes, labels, splits and class names; over contents too where asked for. */
  manifestHash: string;
  /** Whether `manifestHash` covers the files' contents. */
  contentsHashed: boolean;
  /** Files that are not images, relative to the root. Hidden and system files are not listed. */
  ignored: string[];
  /** Sentences a person should see once: an assumption made, a split renamed, a class without test images. */
  notes: string[];
  /** Seed of the train/test split where Vitrine made it; null where the folder has its own. */
  splitSeed: number | null;
  /** Why this data set can't be trained on, or null. It can still be predicted. */
  notTrainable: string | null;
  /** The items' order is the data set's own, and a slice counts along it; absent: along an order made of the names. */
  ordered?: boolean;
  /** Every image was written by Vitrine, so all are sound and like this: none needs to be looked at. */
  alike?: AlikeImages;
}

/** Images of one kind. */
export interface AlikeImages {
  format: ImageFormat;
  /** px */
  width: number;
  height: number;
}

/** Number of images of all splits. */
export function countItems(dataset: Pick<ImageDataset, 'splits'>): number {
  return Object.values(dataset.splits).reduce((n, items) => n + items.length, 0);
}

/** Orders by Unicode code point, as Python's `sorted` does; UTF-16 order differs above U+FFFF. */
export function compareCodePoints(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for code points above every other UTF-16 unit.
    const high = (c: number) => (c >= 0xd800 && c <= 0xdfff ? c + 0x10000 : c);
    return high(x) - high(y);
  }
  return a.length - b.length;
}
