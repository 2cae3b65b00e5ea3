import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, extname, join, resolve, sep } from 'node:path';
import type { FileKind, FolderListing } from '../../../src-shared/contract/files.ts';
import { AppError } from '../../../src-shared/errors.ts';

/** Entries of a listing at most: a folder of a million images must not be sent whole to be looked at. */
const MOST = 2000;

/** File names of each kind, by their end; null: every file. */
const ENDS: Record<FileKind, readonly string[] | null> = {
  folder: [],
  checkpoint: ['.npz', '.safetensors', '.json', '.msgpack'],
  image: ['.jpg', '.jpeg', '.png', '.webp', '.gif', '.bmp', '.tif', '.tiff', '.avif'],
  data: ['.zip', '.csv', '.jsonl', '.parquet', '.tfrecord'],
  any: null,
};

/**
 * A folder of this machine for somebody who looks for something in it. What can't be read inside it is left out.
 * @throws AppError not_found; forbidden where the folder can't be opened
 */
export async function listFolder(options: {
  path?: string | undefined;
  kind: FileKind;
  /** Where the library lies. */
  home: string;
}): Promise<FolderListing> {
  const path = resolve(options.path ?? homedir());
  const ends = ENDS[options.kind];
  const found = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw cannotList(path, error);
  });
  const wanted: { name: string; kind: 'folder' | 'file' }[] = [];
  for (const entry of found) {
    if (entry.name.startsWith('.')) continue;
    const place = join(path, entry.name);
    const target = entry.isSymbolicLink() ? await stat(place).catch(() => null) : entry;
    if (target?.isDirectory()) wanted.push({ name: entry.name, kind: 'folder' });
    else if (target?.isFile() && (ends === null || ends.includes(extname(entry.name).toLowerCase())))
      wanted.push({ name: entry.name, kind: 'file' });
  }
  const order = new Intl.Collator('en', { numeric: true });
  wanted.sort((a, b) => (a.kind === b.kind ? order.compare(a.name, b.name) : a.kind === 'folder' ? -1 : 1));
  const entries = await Promise.all(
    wanted.slice(0, MOST).map(async ({ name, kind }) => {
      const place = join(path, name);
      const told = await stat(place).catch(() => null);
      return {
        ...{ name, path: place, kind },
        bytes: kind === 'file' ? (told?.size ?? null) : null,
        modifiedAt: told?.mtime.toISOString() ?? null,
      };
    }),
  );
  const parent = dirname(path);
  return {
    path,
    parent: parent === path ? null : parent,
    steps: stepsTo(path),
    places: [
      { name: 'Home', path: homedir() },
      { name: 'Library', path: options.home },
    ],
    entries,
    total: wanted.length,
  };
}

/** Files of a walk at most. */
const MOST_IMAGES = 100_000;

/**
 * Every image file below a folder, by path; links to folders are not followed, hidden names and folders inside that
 * can't be opened are left out.
 * @throws AppError not_found; forbidden where the folder itself can't be opened
 */
export async function imagesBelow(folder: string, most = MOST_IMAGES) {
  const root = resolve(folder);
  const images: { name: string; path: string }[] = [];
  const order = new Intl.Collator('en', { numeric: true });
  /** False once there are too many. */
  const visit = async (inside: string): Promise<boolean> => {
    const entries = await readdir(join(root, inside), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (inside === '') throw cannotList(root, error);
      return [];
    });
    for (const entry of entries.sort((a, b) => order.compare(a.name, b.name))) {
      if (entry.name.startsWith('.')) continue;
      const name = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!(await visit(name))) return false;
      } else if (ENDS.image!.includes(extname(entry.name).toLowerCase())) {
        if (images.length === most) return false;
        images.push({ name, path: join(root, name) });
      }
    }
    return true;
  };
  const whole = await visit('');
  return { path: root, images, cut: !whole };
}

/** Each folder from the top to this one. */
function stepsTo(path: string): { name: string; path: string }[] {
  const parent = dirname(path);
  if (parent === path) return [{ name: path, path }];
  return [...stepsTo(parent), { name: path.slice(parent.endsWith(sep) ? parent.length : parent.length + 1), path }];
}

function cannotList(path: string, error: NodeJS.ErrnoException): unknown {
  const { code } = error;
  if (code === 'ENOENT') return new AppError('not_found', `There is no folder ${path}.`, { hint: 'Check the path.' });
  if (code === 'ENOTDIR') return new AppError('not_found', `${path} is a file and no folder.`);
  if (code === 'EACCES' || code === 'EPERM')
    return new AppError('forbidden', `The folder ${path} can't be opened.`, { hint: 'Its permissions forbid it.' });
  return error;
}
