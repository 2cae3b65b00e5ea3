import { Zip, ZipPassThrough } from 'fflate';
import { isDataName, isHiddenPath, isImageName } from '../../../src-shared/data/file-names.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { strings } from './strings.ts';

/** A file of a dropped folder. */
export interface PackedFile {
  /** Relative to the folder, with '/'. */
  readonly name: string;
  readonly file: File;
}

/** What a zip without 64-bit records holds. */
const MOST_FILES = 65_535;
const MOST_BYTES = 4e9;
/** Bytes gathered before they are handed to the browser, which may put them on disk. */
const PIECE = 16 * 2 ** 20;

/** Those of a folder that a data set may be made of. @throws AppError bad_dataset, too_large */
export function usableFiles(files: readonly PackedFile[], name: string): PackedFile[] {
  const usable = files.filter((file) => !isHiddenPath(file.name) && isDataName(file.name));
  const packed = usable.some((file) => !isImageName(file.name));
  if (usable.length === 0 || (!packed && !usable.some((file) => isImageName(file.name))))
    throw new AppError('bad_dataset', strings.add.noImages(name, files.length), { hint: strings.add.noImagesHint });
  const bytes = usable.reduce((sum, { file }) => sum + file.size, 0);
  if (usable.length > MOST_FILES || bytes > MOST_BYTES)
    throw new AppError('too_large', strings.add.tooMany, { hint: strings.add.tooManyHint });
  return usable;
}

/** One archive of them, stored as they are: images don't get smaller. @throws AppError interrupted */
export async function packFiles(
  files: readonly PackedFile[],
  { signal, onprogress }: { signal: AbortSignal; onprogress: (done: number) => void },
): Promise<Blob> {
  const pieces: Blob[] = [];
  let gathered: BlobPart[] = [];
  let bytes = 0;
  const flush = (): void => {
    pieces.push(new Blob(gathered));
    gathered = [];
    bytes = 0;
  };
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    gathered.push(chunk as Uint8Array<ArrayBuffer>);
    bytes += chunk.length;
    if (bytes > PIECE) flush();
  });
  for (const [i, { name, file }] of files.entries()) {
    if (signal.aborted) throw new AppError('interrupted', 'Stopped.');
    const entry = new ZipPassThrough(name);
    zip.add(entry);
    entry.push(new Uint8Array(await file.arrayBuffer()), true);
    onprogress(i + 1);
  }
  zip.end();
  flush();
  return new Blob(pieces, { type: 'application/zip' });
}
