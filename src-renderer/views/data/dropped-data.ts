import { AppError } from '../../../src-shared/errors.ts';
import { isImageName } from '../../../src-shared/data/file-names.ts';
import { uploadLarge } from '../../ui/dropped.ts';
import type { Given } from '../../ui/dropped.ts';
import { packFiles, usableFiles } from './pack.ts';
import type { PackedFile } from './pack.ts';
import { strings } from './strings.ts';

/** What was dropped or pasted; read at once, for the event forgets it. */
export interface Dropped {
  readonly name: string;
  /** On the desktop. */
  readonly path: string | null;
  readonly files: readonly File[];
  readonly folders: readonly FileSystemDirectoryEntry[];
}

export type DropProgress =
  | { readonly step: 'walk'; readonly files: number }
  | { readonly step: 'pack' | 'send'; readonly done: number; readonly total: number };

interface DropOptions {
  signal: AbortSignal;
  onprogress: (progress: DropProgress) => void;
}

/** Null where nothing was dropped that could be a data set. */
export function readDrop(data: DataTransfer): Dropped | null {
  const items = [...data.items].filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry());
  const files = [...data.files];
  if (files.length === 0) return null;
  const folders = entries.filter((entry) => entry?.isDirectory) as FileSystemDirectoryEntry[];
  const loose = files.filter((_, i) => !entries[i]?.isDirectory);
  const path = files.length === 1 ? (window.vitrine?.pathForFile(files[0]!) ?? '') : '';
  return { name: files[0]!.name, path: path === '' ? null : path, files: loose, folders };
}

/** Makes it known to main: by its path, or as one archive that is sent. @throws AppError */
export async function giveData(dropped: Dropped, options: DropOptions): Promise<Given & { name: string }> {
  const { name, path, files, folders } = dropped;
  if (path !== null) return { path, name };
  const [first] = files;
  if (files.length === 1 && folders.length === 0 && !isImageName(first!.name)) {
    if (!/\.zip$/i.test(first!.name))
      throw new AppError('bad_dataset', strings.add.neither(first!.name), { hint: strings.add.neitherHint });
    return { ...(await send(first!, first!.name, options)), name: first!.name.replace(/\.zip$/i, '') };
  }
  const found = await walk(folders, options);
  const all = [...found, ...files.map((file) => ({ name: file.name, file }))];
  const usable = usableFiles(all, name);
  const total = usable.length;
  const archive = await packFiles(usable, {
    signal: options.signal,
    onprogress: (done) => options.onprogress({ step: 'pack', done, total }),
  });
  return { ...(await send(archive, `${name}.zip`, options)), name };
}

async function send(body: Blob, name: string, { signal, onprogress }: DropOptions): Promise<{ upload: string }> {
  const tell = (done: number): void => onprogress({ step: 'send', done, total: body.size });
  tell(0);
  return { upload: (await uploadLarge(body, name, { signal, onprogress: tell })).id };
}

/** Every file below; of one folder alone by the names inside it. */
async function walk(folders: readonly FileSystemDirectoryEntry[], options: DropOptions): Promise<PackedFile[]> {
  const found: PackedFile[] = [];
  const visit = async (folder: FileSystemDirectoryEntry, prefix: string): Promise<void> => {
    for (const entry of await entriesOf(folder)) {
      if (options.signal.aborted) throw new AppError('interrupted', 'Stopped.');
      const name = `${prefix}${entry.name}`;
      if (entry.isDirectory) await visit(entry as FileSystemDirectoryEntry, `${name}/`);
      else found.push({ name, file: await fileOf(entry as FileSystemFileEntry) });
    }
    options.onprogress({ step: 'walk', files: found.length });
  };
  for (const folder of folders) await visit(folder, folders.length === 1 ? '' : `${folder.name}/`);
  return found;
}

/** The reader gives a hundred at a time. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}
