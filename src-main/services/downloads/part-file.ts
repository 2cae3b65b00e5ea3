import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import type { Claims } from './claims.ts';

const claimsSchema = v.object({
  total: v.nullable(v.number()),
  etag: v.nullable(v.string()),
  lastModified: v.nullable(v.string()),
  md5: v.nullable(v.string()),
  crc32c: v.nullable(v.string()),
  etagMd5: v.nullable(v.object({ hex: v.string(), binding: v.boolean() })),
}) satisfies v.GenericSchema<Claims>;

const journalSchema = v.object({
  format: v.literal('vitrine-download'),
  version: v.literal(1),
  /** Which content this is a part of: see `PartFile.key`. */
  key: v.string(),
  claims: claimsSchema,
  /** That are on the disk for certain. */
  bytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

/**
 * A file while it arrives, and beside it a journal that says how much of it is safe. A process or machine that dies
 * loses at most what came since the last `flush`.
 */
export interface PartFile {
  readonly path: string;
  /** Written so far. */
  readonly bytes: number;
  /** Which content it is a part of; null for none yet. */
  readonly key: string | null;
  readonly claims: Claims | null;
  /** Begins anew, with nothing. */
  restart(key: string, claims: Claims): Promise<void>;
  write(chunk: Uint8Array): Promise<void>;
  /** Brings all of it and then the journal onto the disk. */
  flush(): Promise<void>;
  /** Without what wasn't flushed. */
  close(): Promise<void>;
}

/** Opens what is there of a file, or begins it. */
export async function openPartFile(path: string): Promise<PartFile> {
  await mkdir(dirname(path), { recursive: true });
  const journalPath = `${path}.journal`;
  let journal = await readJournal(journalPath);
  const handle = await open(path, journal ? 'r+' : 'w+').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    journal = null;
    return open(path, 'w+');
  });
  const { size } = await handle.stat();
  if (journal && size < journal.bytes) journal = null; // the file was lost, not its journal
  await handle.truncate(journal?.bytes ?? 0);
  let bytes = journal?.bytes ?? 0;
  let key = journal?.key ?? null;
  let claims = journal?.claims ?? null;
  return {
    path,
    get bytes() {
      return bytes;
    },
    get key() {
      return key;
    },
    get claims() {
      return claims;
    },
    async restart(newKey, newClaims) {
      await rm(journalPath, { force: true });
      await handle.truncate(0);
      [bytes, key, claims] = [0, newKey, newClaims];
    },
    async write(chunk) {
      await writeAt(handle, chunk, bytes);
      bytes += chunk.byteLength;
    },
    async flush() {
      await handle.sync();
      if (key !== null && claims) {
        await writeJournal(journalPath, { format: 'vitrine-download', version: 1, key, claims, bytes });
      }
    },
    close: () => handle.close(),
  };
}

/** Removes what is there of a file. */
export async function removePartFile(path: string): Promise<void> {
  await rm(`${path}.journal`, { force: true });
  await rm(path, { force: true });
}

async function writeAt(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.byteLength;) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.byteLength - done, position + done);
    done += bytesWritten;
  }
}

/** Null where there is none, or none that we wrote. */
async function readJournal(path: string): Promise<v.InferOutput<typeof journalSchema> | null> {
  try {
    const parsed = v.safeParse(journalSchema, JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

async function writeJournal(path: string, journal: v.InferOutput<typeof journalSchema>): Promise<void> {
  const temporary = `${path}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(JSON.stringify(journal));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}
