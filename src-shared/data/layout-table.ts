import { AppError } from '../errors.ts';
import { compareCodePoints } from './dataset.ts';
import { plural, some } from './file-names.ts';
import type { Found, LabelTable, NamedItem } from './listing.ts';

/** Column names, the likeliest first; compared without case, spaces, '_' and '-'. */
const PATH_COLUMNS = [
  'path',
  'file',
  'filename',
  'image',
  'imagepath',
  'filepath',
  'img',
  'imagefile',
  'imageid',
  'id',
  'name',
];
const LABEL_COLUMNS = ['label', 'class', 'target', 'category', 'classname', 'labelname', 'y'];
const SPLIT_COLUMNS = ['split', 'subset', 'partition'];

export interface TableColumns {
  path: string;
  label: string;
  split: string | null;
}

/** Which columns hold path, label and split; null where path or label can't be told. */
export function recogniseTable(table: Pick<LabelTable, 'columns'>): TableColumns | null {
  const fold = (text: string) => text.toLowerCase().replace(/[\s_-]/g, '');
  const find = (wanted: readonly string[]) =>
    wanted.map((w) => table.columns.find((c) => fold(c) === w)).find((c) => c !== undefined);
  const path = find(PATH_COLUMNS);
  const label = find(LABEL_COLUMNS);
  return path === undefined || label === undefined ? null : { path, label, split: find(SPLIT_COLUMNS) ?? null };
}

export interface ReadTable {
  items: (NamedItem & { split: string | null })[];
  bad: Found['bad'];
  /** Images of the listing that no row names. */
  unlisted: string[];
  notes: string[];
}

/**
 * The images that a labels file names, among `images` (names relative to the root). Throws bad_dataset for a path
 * that leads out of the root and for a file with two labels; rows without a file or a label are returned as bad.
 */
export function readTable(table: LabelTable, images: readonly string[], root: string): ReadTable {
  const columns = recogniseTable(table)!;
  const find = finder(table.name, images, root);
  const items = new Map<string, NamedItem & { split: string | null }>();
  const bad: ReadTable['bad'] = [];
  let repeated = 0;
  for (const [i, row] of table.rows.entries()) {
    const written = (row[columns.path] ?? '').trim();
    const label = (row[columns.label] ?? '').trim();
    const split = columns.split === null ? null : (row[columns.split] ?? '').trim();
    const name = written === '' ? undefined : find(written);
    if (name === undefined) {
      bad.push({
        name: written || `${table.name}, record ${i + 1}`,
        reason: `${table.name}, record ${i + 1} names ${written === '' ? 'no file' : 'a file that is not there'}`,
        code: 'missing',
      });
    } else if (label === '') {
      bad.push({ name, reason: `${table.name}, record ${i + 1} has no label`, code: 'no_label' });
    } else if (columns.split !== null && split === '') {
      bad.push({ name, reason: `${table.name}, record ${i + 1} has no split`, code: 'no_label' });
    } else {
      const earlier = items.get(name);
      if (earlier && (earlier.className !== label || earlier.split !== split))
        throw contradiction(table.name, name, [earlier, { className: label, split }]);
      if (earlier) repeated++;
      items.set(name, { name, className: label, key: name, split });
    }
  }
  const mentioned = new Set([...items.keys(), ...bad.map((b) => b.name)]);
  return {
    items: [...items.values()].sort((a, b) => compareCodePoints(a.name, b.name)),
    bad,
    unlisted: images.filter((name) => !mentioned.has(name)),
    notes: repeated > 0 ? [`${plural(repeated, 'repeated row')} in "${table.name}": each image counts once.`] : [],
  };
}

function contradiction(
  table: string,
  name: string,
  rows: { className: string | null; split: string | null }[],
): AppError {
  const labels = [...new Set(rows.map((r) => r.className ?? ''))];
  const what =
    labels.length > 1
      ? `the labels ${some(labels)}`
      : `the splits ${some([...new Set(rows.map((r) => r.split ?? ''))])}`;
  return new AppError('bad_dataset', `The labels file "${table}" gives "${name}" ${what}.`, {
    hint: 'Each image has one label and one split: remove the wrong row.',
    details: { file: table, image: name },
  });
}

/** Finds a written path among the images: beside the table, from the root, without extension, or by a unique ending. */
function finder(tableName: string, images: readonly string[], root: string): (written: string) => string | undefined {
  const byName = new Map(images.map((name) => [name, name]));
  const byStem = new Map<string, string | null>();
  const byEnding = new Map<string, string | null>();
  const note = (map: Map<string, string | null>, key: string, name: string) => map.set(key, map.has(key) ? null : name);
  for (const name of images) {
    note(byStem, name.slice(0, name.lastIndexOf('.')), name);
    for (let slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      const ending = name.slice(slash + 1);
      note(byEnding, ending, name);
      note(byEnding, ending.slice(0, ending.lastIndexOf('.')), name);
    }
  }
  const folder = tableName.slice(0, tableName.lastIndexOf('/') + 1);
  return (written) => {
    for (const spelling of written.includes('\\') ? [written, written.replaceAll('\\', '/')] : [written]) {
      const path = relativePath(spelling, { root, folder, tableName, written });
      const inRoot = relativePath(spelling, { root, folder: '', tableName, written });
      const hit =
        byName.get(path) ?? byName.get(inRoot) ?? byStem.get(path) ?? byStem.get(inRoot) ?? byEnding.get(inRoot);
      if (hit) return hit;
    }
    return undefined;
  };
}

/** A spelling of what was written as a name relative to the root. Throws bad_dataset where it leads out of the root. */
function relativePath(
  spelling: string,
  options: { root: string; folder: string; tableName: string; written: string },
): string {
  const root = options.root.replaceAll('\\', '/').replace(/\/+$/, '');
  let path = spelling;
  let folder = options.folder;
  if (/^([/\\]|[A-Za-z]:[/\\])/.test(spelling)) {
    const slashed = spelling.replaceAll('\\', '/');
    if (!slashed.startsWith(`${root}/`)) throw outside(options.written, options.tableName);
    path = slashed.slice(root.length + 1);
    folder = '';
  }
  const parts: string[] = [];
  for (const part of `${folder}${path}`.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) throw outside(options.written, options.tableName);
    } else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function outside(written: string, table: string): AppError {
  return new AppError(
    'bad_dataset',
    `The labels file "${table}" names "${written}", which lies outside the data set's folder.`,
    {
      hint: 'Paths are relative to the labels file and stay within the folder.',
      details: { file: table, path: written },
    },
  );
}
