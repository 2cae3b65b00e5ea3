import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskFull } from '../write-file.ts';

/** What a pack holds of one file it was made from: columns of equal length, a row an image. */
export interface PackedFile {
  file: string;
  offsets: number[];
  lengths: number[];
  /** -1 where there is none. */
  labels: number[];
}

export interface OpenedPack {
  /** The file with all images' bytes, one behind another. */
  images: string;
  classNames: string[];
  files: PackedFile[];
}

/** Bytes gathered before they are written. */
const PIECE_BYTES = 4 << 20;

/** Images' encoded bytes, one behind another in one file. */
export class ImagePack {
  readonly files: PackedFile[] = [];
  readonly #handle: FileHandle;
  #pieces: Uint8Array[] = [];
  #held = 0;
  #offset = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** What is added from now on is of another file. */
  begin(file: string): void {
    this.files.push({ file, offsets: [], lengths: [], labels: [] });
  }

  async add(bytes: Uint8Array, label: number): Promise<void> {
    const own = this.files.at(-1)!;
    own.offsets.push(this.#offset);
    own.lengths.push(bytes.length);
    own.labels.push(label);
    this.#pieces.push(bytes);
    this.#offset += bytes.length;
    this.#held += bytes.length;
    if (this.#held >= PIECE_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    await this.#handle.appendFile(Buffer.concat(this.#pieces));
    this.#pieces = [];
    this.#held = 0;
  }
}

/**
 * A pack in a folder of its own, made if it isn't there; all or nothing, by rename.
 * @param fill adds every image and returns the classes' names
 * @throws AppError disk_full, and what `fill` throws
 */
export async function openPack(folder: string, fill: (pack: ImagePack) => Promise<string[]>): Promise<OpenedPack> {
  const images = join(folder, 'images');
  const index = join(folder, 'index.json');
  if (!existsSync(index)) {
    const partial = `${folder}.${randomUUID()}.partial`;
    try {
      await mkdir(partial, { recursive: true });
      const handle = await open(join(partial, 'images'), 'wx');
      try {
        const pack = new ImagePack(handle);
        const classNames = await fill(pack);
        await pack.flush();
        await handle.sync();
        await writeFile(join(partial, 'index.json'), JSON.stringify({ classNames, files: pack.files }));
      } finally {
        await handle.close();
      }
      await mkdir(dirname(folder), { recursive: true });
      await rename(partial, folder);
    } catch (error) {
      await rm(partial, { recursive: true, force: true });
      throw diskFull(error, folder) ?? error;
    }
  }
  const { classNames, files } = JSON.parse(await readFile(index, 'utf8')) as Omit<OpenedPack, 'images'>;
  return { images, classNames, files };
}
