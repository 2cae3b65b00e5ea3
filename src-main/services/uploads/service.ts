import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Upload } from '../../../src-shared/contract/uploads.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Database } from '../../database/open.ts';
import { isRunning } from '../../workers/process-liveness.ts';

/** One file at most, bytes: an archive of photographs, not a disk. */
const MOST_BYTES = 64 * 2 ** 30;
/** Left free on the disk, bytes: the database must go on being written. */
const RESERVE_BYTES = 256 * 2 ** 20;
/** The disk is looked at again each time so many bytes have come. */
const LOOK_EVERY = 64 * 2 ** 20;

export interface Incoming {
  /** As the other side says it: only the last part is kept. */
  name: string;
  body: ReadableStream<Uint8Array>;
  /** What was announced, or null. */
  bytes: number | null;
  signal: AbortSignal;
}

export interface Uploads {
  /**
   * Writes a file into the library as it comes, whole or not at all.
   * @throws AppError too_large, disk_full, usage (a length that isn't so), interrupted; whatever the body fails with
   */
  receive(incoming: Incoming): Promise<Upload>;
  /** @throws AppError not_found */
  get(id: string): Upload & { path: string };
  list(): Upload[];
  /** @throws AppError not_found */
  remove(id: string): Promise<void>;
}

export interface UploadsOptions {
  database: Database;
  folder: string;
  most?: number;
  /** Bytes that are free where `folder` is. */
  freeBytes?: (folder: string) => Promise<number>;
}

interface Row {
  id: string;
  name: string;
  bytes: number;
  sha256: string;
  uploaded_at: string;
}

/** What browsers have sent: a file each, named by its id, and a row in the database that names it. */
export function createUploads({ database, folder, ...options }: UploadsOptions): Uploads {
  const { most = MOST_BYTES, freeBytes = freeOnDisk } = options;
  const insert = database.prepare<[Row]>('INSERT INTO uploads VALUES (:id, :name, :bytes, :sha256, :uploaded_at)');
  const one = database.prepare<[string], Row>('SELECT * FROM uploads WHERE id = ?');
  const all = database.prepare<[], Row>('SELECT * FROM uploads ORDER BY uploaded_at DESC, id');
  const drop = database.prepare<[string]>('DELETE FROM uploads WHERE id = ?');
  const pathOf = (id: string): string => join(folder, id);

  const requireSpace = async (bytes: number): Promise<void> => {
    const free = await freeBytes(folder);
    if (free >= bytes + RESERVE_BYTES) return;
    throw new AppError('disk_full', `The disk has no room for the upload: ${megabytes(free)} are free.`, {
      hint: `Free some space: ${megabytes(bytes + RESERVE_BYTES)} are needed. Nothing was kept.`,
      details: { free, needed: bytes + RESERVE_BYTES },
    });
  };

  return {
    async receive({ name, body, bytes: announced, signal }) {
      if ((announced ?? 0) > most) throw tooLarge(most);
      await mkdir(folder, { recursive: true });
      await removeLeftovers(folder);
      await requireSpace(announced ?? 0);
      const id = randomBytes(10).toString('hex');
      const partial = join(folder, `.${id}.${process.pid}.partial`);
      const file = await open(partial, 'wx', 0o600);
      const hash = createHash('sha256');
      let bytes = 0;
      let look = LOOK_EVERY;
      try {
        try {
          for await (const chunk of body) {
            if (signal.aborted) throw new AppError('interrupted', 'The upload was interrupted.');
            bytes += chunk.byteLength;
            if (bytes > most) throw tooLarge(most);
            if (bytes > look) {
              await requireSpace(Math.max(0, (announced ?? 0) - bytes));
              look += LOOK_EVERY;
            }
            hash.update(chunk);
            await file.writeFile(chunk);
          }
          if (announced !== null && bytes !== announced)
            throw new AppError('interrupted', `The upload ended after ${bytes} of ${announced} bytes.`);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(partial, pathOf(id));
      } catch (error) {
        await rm(partial, { force: true });
        throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? diskFull(error) : error;
      }
      const row = {
        id,
        name: plainName(name),
        bytes,
        sha256: hash.digest('hex'),
        uploaded_at: new Date().toISOString(),
      };
      insert.run(row);
      return asUpload(row);
    },
    get(id) {
      const row = one.get(id);
      if (!row) throw notFound(id);
      return { ...asUpload(row), path: pathOf(id) };
    },
    list: () => all.all().map(asUpload),
    async remove(id) {
      if (drop.run(id).changes === 0) throw notFound(id);
      await rm(pathOf(id), { force: true });
    },
  };
}

function asUpload({ id, name, bytes, sha256, uploaded_at: uploadedAt }: Row): Upload {
  return { id, name, bytes, sha256, address: `/media/uploads/${id}`, uploadedAt };
}

/** The last part of a name, without what isn't text: it is shown, and never used as a path. */
function plainName(name: string): string {
  const last = name.split(/[/\\]/).at(-1)!;
  return (
    last
      .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '')
      .trim()
      .slice(0, 200) || 'file'
  );
}

/** Of uploads whose process was killed. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^\.[0-9a-f]+\.(\d+)\.partial$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(folder, name), { force: true });
  }
}

async function freeOnDisk(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function tooLarge(most: number): AppError {
  return new AppError('too_large', `A file of more than ${megabytes(most)} isn't taken.`, {
    hint: 'Put it on the machine and name its path instead.',
    details: { most },
  });
}

function diskFull(cause: unknown): AppError {
  return new AppError('disk_full', 'The disk is full: the upload was not kept.', { hint: 'Free some space.', cause });
}

function notFound(id: string): AppError {
  return new AppError('not_found', `There is no upload ${id.slice(0, 40)}.`);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en-US')} MB`;
}
