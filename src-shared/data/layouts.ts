import { AppError } from '../errors.ts';
import { compareCodePoints } from './dataset.ts';
import { extensionOf, isHiddenPath, isImageName, plural, some, UNREAD_IMAGE_EXTENSIONS } from './file-names.ts';
import { finishLayout } from './layout-finish.ts';
import { readTable, recogniseTable } from './layout-table.ts';
import type { Found, LabelTable, Layout, Listing, NamedItem } from './listing.ts';
import { roleOfSplit } from './splits.ts';

export interface LayoutOptions {
  /** Of the train/test split that is made where the folder has none. */
  seed?: number;
  /** Share of each class held out there. */
  testFraction?: number;
}

/**
 * Finds out how a folder holds its images, in this order: folders named as splits; a labels file; a folder a class;
 * images without labels. Throws bad_dataset, naming the folder or file, for what can't be read as a data set.
 */
export function detectLayout(listing: Listing, options: LayoutOptions = {}): Layout {
  const files = listing.files.filter((name) => !isHiddenPath(name)).sort(compareCodePoints);
  const images = files.filter(isImageName);
  if (images.length === 0) throw nothingToRead(listing.root, files);
  const others = files.filter((name) => !isImageName(name));
  const directories = listing.directories.filter((name) => !isHiddenPath(name)).sort(compareCodePoints);
  const context: Context = { listing, images, directories, prefix: wrapperOf(images, directories) };
  const found = splitFolders(context) ?? rootTables(context) ?? classFolders(context) ?? flat(context);
  const used = new Set(listing.tables.map((t) => t.name));
  const unread = others.filter((name) => UNREAD_IMAGE_EXTENSIONS.has(extensionOf(name)));
  if (unread.length > 0) {
    const kinds = [...new Set(unread.map((name) => `.${extensionOf(name)}`))].sort().join(', ');
    found.notes.push(
      `${plural(unread.length, 'file')} (${kinds}) ${unread.length === 1 ? 'is' : 'are'} not read: convert to PNG or JPEG first.`,
    );
  }
  const tablesUsed = found.kind === 'table' || found.kind === 'split/table';
  found.ignored = found.ignored.concat(others.filter((name) => !(tablesUsed && used.has(name))));
  return finishLayout(found, listing.root, { seed: options.seed ?? 0, testFraction: options.testFraction ?? 0.2 });
}

interface Context {
  listing: Listing;
  images: string[];
  directories: string[];
  /** '' or the single folder that holds everything, with its '/'. */
  prefix: string;
}

function nothingToRead(root: string, files: readonly string[]): AppError {
  if (files.length === 0) {
    return new AppError('bad_dataset', `The folder ${root} is empty.`, {
      hint: 'Put images in it, one folder a class: cat/1.jpg, dog/2.jpg.',
      details: { root },
    });
  }
  const kinds = [...new Set(files.map((name) => extensionOf(name) || 'no extension'))].sort();
  return new AppError(
    'bad_dataset',
    `The folder ${root} has no images: ${plural(files.length, 'other file')} (${kinds.slice(0, 8).join(', ')}).`,
    {
      hint: 'JPEG, PNG, GIF, BMP, WebP, TIFF and AVIF are read.',
      details: { root, files: files.length },
    },
  );
}

/** An unpacked archive often wraps everything in one folder: step into it if what it holds are splits. */
function wrapperOf(images: readonly string[], directories: readonly string[]): string {
  const first = images[0]!.slice(0, images[0]!.indexOf('/') + 1);
  if (first === '' || roleOfSplit(first.slice(0, -1)) !== null || !images.every((name) => name.startsWith(first)))
    return '';
  const inside = childrenOf(directories, first);
  return inside.some((dir) => roleOfSplit(dir) !== null) ? first : '';
}

/** The folders directly below `prefix` ('' or ending in '/'), by their own names. */
function childrenOf(directories: readonly string[], prefix: string): string[] {
  return directories
    .filter((dir) => dir.startsWith(prefix) && !dir.slice(prefix.length).includes('/'))
    .map((dir) => dir.slice(prefix.length));
}

function splitFolders({ listing, images, directories, prefix }: Context): Found | null {
  const groups = byTopFolder(images, prefix);
  const below = (dir: string) => groups.get(dir) ?? [];
  const children = childrenOf(directories, prefix);
  const splitDirs = children.filter((dir) => roleOfSplit(dir) !== null);
  const read = splitDirs.map((dir) => ({
    dir,
    ...readSplitFolder(`${prefix}${dir}/`, below(dir), { listing, directories, train: roleOfSplit(dir) === 'train' }),
  }));
  const labelled = read.filter((split) => split.items.some((item) => item.className !== null));
  const strangers = children.filter((dir) => roleOfSplit(dir) === null && below(dir).length > 0);
  if (labelled.length === 0 || (strangers.length > 0 && !labelled.some((split) => roleOfSplit(split.dir) === 'train')))
    return null;
  const found: Found = {
    kind: read.some((s) => s.table) ? 'split/table' : 'split/class',
    splits: new Map(),
    ignored: [],
    notes: [],
    bad: [],
  };
  for (const split of read) {
    found.ignored = found.ignored.concat(split.loose);
    found.bad = found.bad.concat(split.bad);
    found.notes = found.notes.concat(split.notes);
    if (split.items.length > 0) found.splits.set(split.dir, split.items);
    else if (split.bad.length === 0) {
      throw new AppError('bad_dataset', `The split folder "${prefix}${split.dir}" has no images.`, {
        hint: 'Put its images in it, or remove the folder.',
        details: { folder: `${prefix}${split.dir}` },
      });
    }
    if (split.items.length > 0 && split.items.every((item) => item.className === null)) {
      found.notes.push(
        `The ${plural(split.items.length, 'image')} of "${split.dir}" have no labels: they can be predicted, not evaluated.`,
      );
    } else if (split.loose.length > 0) {
      found.notes.push(`${plural(split.loose.length, 'image')} in "${split.dir}" outside any class folder: not used.`);
    }
  }
  for (const dir of strangers)
    found.notes.push(`The folder "${dir}" is no split and is left out (${plural(below(dir).length, 'image')}).`);
  for (const dir of ['', ...strangers]) for (const name of below(dir)) found.ignored.push(name);
  return found;
}

/** Images by the folder directly below `prefix` that holds them; '' for those in no folder. */
function byTopFolder(images: readonly string[], prefix: string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const name of images) {
    const slash = name.indexOf('/', prefix.length);
    const folder = slash < 0 ? '' : name.slice(prefix.length, slash);
    const group = groups.get(folder);
    if (group) group.push(name);
    else groups.set(folder, [name]);
  }
  return groups;
}

interface SplitFolder {
  items: NamedItem[];
  loose: string[];
  bad: Found['bad'];
  notes: string[];
  table: boolean;
}

function readSplitFolder(
  folder: string,
  images: string[],
  options: { listing: Listing; directories: string[]; train: boolean },
): SplitFolder {
  const tables = options.listing.tables.filter((t) => t.name.startsWith(folder) && recogniseTable(t) !== null);
  if (tables.length === 1) {
    const read = readTable(tables[0]!, images, options.listing.root);
    return { items: read.items, loose: read.unlisted, bad: read.bad, notes: read.notes, table: true };
  }
  const classes = classesBelow(folder, images, options.directories);
  if (options.train) refuseEmptyClasses(folder, classes.empty, classes.items.length);
  const { items, loose } = classes;
  if (items.length > 0) return { items, loose, bad: [], notes: [], table: false };
  return {
    items: loose.map((name) => ({ name, className: null, key: name })),
    loose: [],
    bad: [],
    notes: [],
    table: false,
  };
}

/** Every image belongs to the topmost folder below `prefix`, however deep it lies. */
function classesBelow(
  prefix: string,
  images: readonly string[],
  directories: readonly string[],
): { items: NamedItem[]; loose: string[]; empty: string[] } {
  const items: NamedItem[] = [];
  const loose: string[] = [];
  for (const name of images) {
    const rest = name.slice(prefix.length);
    const slash = rest.indexOf('/');
    if (slash < 0) loose.push(name);
    else items.push({ name, className: rest.slice(0, slash), key: rest.slice(slash + 1) });
  }
  const seen = new Set(items.map((item) => item.className));
  return { items, loose, empty: childrenOf(directories, prefix).filter((dir) => !seen.has(dir)) };
}

function refuseEmptyClasses(prefix: string, empty: readonly string[], images: number): void {
  if (empty.length === 0 || images === 0) return;
  const names = empty.map((dir) => `${prefix}${dir}`);
  throw new AppError(
    'bad_dataset',
    `${empty.length === 1 ? 'The class folder' : 'The class folders'} ${some(names)} ${empty.length === 1 ? 'has' : 'have'} no images.`,
    {
      hint: 'Add images, remove the folder, or begin its name with a dot to have it left alone.',
      details: { folders: names },
    },
  );
}

function rootTables({ listing, images }: Context): Found | null {
  const atRoot = listing.tables.filter((t) => !t.name.includes('/'));
  const known = atRoot.filter((t) => recogniseTable(t) !== null);
  if (known.length === 0) {
    if (atRoot.length > 0 && images.every((name) => !name.includes('/'))) throw unknownColumns(atRoot[0]!);
    return null;
  }
  const stem = (t: LabelTable) => t.name.slice(0, t.name.lastIndexOf('.'));
  const bySplit = known.length > 1 && known.every((t) => roleOfSplit(stem(t)) !== null);
  const chosen = bySplit
    ? known
    : known.length === 1
      ? known
      : known.filter((t) => /^(labels?|annotations?|metadata)$/i.test(stem(t)));
  if (!bySplit && chosen.length !== 1) {
    throw new AppError('bad_dataset', `The folder has several labels files: ${some(known.map((t) => t.name))}.`, {
      hint: 'Keep one, or name them after their splits: train.csv, test.csv.',
      details: { files: known.map((t) => t.name) },
    });
  }
  const found: Found = { kind: 'table', splits: new Map(), ignored: [], notes: [], bad: [] };
  let unlisted = new Set(images);
  for (const table of chosen) {
    const read = readTable(table, images, listing.root);
    for (const item of read.items) {
      const split = bySplit ? stem(table) : (item.split ?? '');
      const items = found.splits.get(split);
      if (items) items.push(item);
      else found.splits.set(split, [item]);
    }
    found.notes = found.notes.concat(read.notes);
    found.bad = found.bad.concat(read.bad);
    const left = new Set(read.unlisted);
    unlisted = new Set([...unlisted].filter((name) => left.has(name)));
  }
  if (found.splits.size === 0) {
    const names = some(chosen.map((t) => t.name));
    const first = found.bad[0];
    throw new AppError(
      'bad_dataset',
      `The labels file ${names} labels no image of the folder${first ? `: ${first.reason}` : ''}.`,
      {
        hint: 'Paths are relative to the labels file; every row needs a path and a label.',
        details: { bad: found.bad.slice(0, 100) },
      },
    );
  }
  if (unlisted.size > 0)
    found.notes.push(`${plural(unlisted.size, 'image')} not named in ${some(chosen.map((t) => t.name))}: not used.`);
  found.ignored = found.ignored.concat([...unlisted]);
  return found;
}

function unknownColumns(table: LabelTable): AppError {
  return new AppError(
    'bad_dataset',
    `The labels file "${table.name}" has no columns for path and label: it has ${some(table.columns)}.`,
    {
      hint: 'Its first line must name the columns, such as "path,label" or "filename,class"; a column "split" is optional.',
      details: { file: table.name, columns: table.columns },
    },
  );
}

function classFolders({ images, directories, listing }: Context): Found | null {
  const { items, loose, empty } = classesBelow('', images, directories);
  if (items.length === 0) return null;
  refuseEmptyClasses('', empty, items.length);
  const notes: string[] = [];
  if (loose.length > 0) notes.push(`${plural(loose.length, 'image')} outside any class folder: not used.`);
  const classes = new Set(items.map((item) => item.className));
  const only = items[0]!.className!;
  const deeper = new Set(
    items.filter((item) => item.key.includes('/')).map((item) => item.key.slice(0, item.key.indexOf('/'))),
  );
  if (classes.size === 1 && deeper.size > 1)
    notes.push(
      `"${only}" is the only class; if its ${deeper.size} folders are the classes, open ${listing.root}/${only} instead.`,
    );
  return { kind: 'class', splits: new Map([['', items]]), ignored: loose, notes, bad: [] };
}

function flat({ images }: Context): Found {
  return {
    kind: 'flat',
    splits: new Map([['all', images.map((name) => ({ name, className: null, key: name }))]]),
    ignored: [],
    notes: [],
    bad: [],
  };
}
