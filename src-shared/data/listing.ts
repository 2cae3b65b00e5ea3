import type { BadImageCode, ImageDataset, LayoutKind } from './dataset.ts';

/** A parsed labels file: CSV, TSV or JSON lines. */
export interface LabelTable {
  /** Relative to the root, with '/'. */
  name: string;
  columns: readonly string[];
  /** One a record, by column. */
  rows: readonly Readonly<Record<string, string>>[];
}

/** What lies in a folder, as a service lists it. Names are relative to the root, with '/'. */
export interface Listing {
  /** Absolute; only for messages and for absolute paths in labels files. */
  root: string;
  files: readonly string[];
  directories: readonly string[];
  /** The labels files at the root and directly in its folders, parsed. */
  tables: readonly LabelTable[];
}

/** An image before class names have become numbers. */
export interface NamedItem {
  name: string;
  className: string | null;
  /** Name within the class, which a split made by Vitrine depends on. */
  key: string;
}

export interface Found {
  kind: LayoutKind;
  splits: Map<string, NamedItem[]>;
  ignored: string[];
  notes: string[];
  bad: { name: string; reason: string; code: BadImageCode }[];
}

/** A data set without what only a file system knows: absolute paths and the manifest's hash. */
export interface Layout extends Pick<ImageDataset, 'classNames' | 'ignored' | 'notes' | 'splitSeed' | 'notTrainable'> {
  kind: LayoutKind;
  splits: Record<string, { name: string; label: number | null }[]>;
  bad: Found['bad'];
}
