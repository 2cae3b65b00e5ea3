import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { plural } from '../../../src-shared/data/file-names.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { BLOCK_BYTES, readHeader, readPax, type TarHeader } from './tar-header.ts';
import { diskFull } from './write-file.ts';

export interface UntarOptions {
  /** Most bytes that all files may have together: a small archive of zeros could fill any disk. */
  maxTotalBytes: number;
  maxFiles?: number;
  signal?: AbortSignal;
}

/** Long names and pax headers are no longer than this. */
const MAX_META_BYTES = 1 << 20;

/**
 * Unpacks a .tar or .tar.gz (ustar, pax, GNU's long names) into a folder. What is unsound is refused at its first
 * sight; the folder is the caller's to remove then. @throws AppError bad_file (links, devices, absolute paths, "..",
 * a name twice, more than the limits, damage), disk_full, interrupted
 */
export async function untar(archive: string, folder: string, options: UntarOptions): Promise<void> {
  const { maxTotalBytes, maxFiles = 2_000_000, signal } = options;
  const seen = new Set<string>();
  let bytes = 0;
  let longName: string | null = null;
  let pax: { path?: string; size?: number } = {};
  const file = createReadStream(archive);
  try {
    const blocks = new Blocks(/\.(tgz|gz)$/.test(archive) && (await isGzip(archive)) ? gunzipped(file) : file);
    for (;;) {
      if (signal?.aborted) throw new AppError('interrupted', `Unpacking ${archive} was interrupted.`);
      const block = await blocks.read(BLOCK_BYTES);
      const header = readHeader(block);
      if (header === null) break; // the end: a block of zeros
      const size = pax.size ?? header.size;
      const padding = (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
      if (header.kind === 'long-name' || header.kind === 'pax') {
        if (size > MAX_META_BYTES) throw refused(archive, 'a name is longer than a megabyte');
        const data = await blocks.read(size);
        if (header.kind === 'pax') pax = readPax(data);
        else longName = new TextDecoder().decode(data).replace(/\0.*$/s, '');
        await blocks.read(padding);
        continue;
      }
      const name = nameOf({ ...header, path: pax.path ?? longName ?? header.path }, archive);
      [longName, pax] = [null, {}];
      bytes += size;
      if (bytes > maxTotalBytes) throw refused(archive, `it unpacks to more than ${plural(maxTotalBytes, 'byte')}`);
      if (seen.size >= maxFiles) throw refused(archive, `it holds more than ${plural(maxFiles, 'file')}`);
      if (name === null) await blocks.skip(size);
      else {
        if (seen.has(name)) throw refused(archive, `"${name}" comes twice`);
        seen.add(name);
        await write(join(folder, name), blocks.pieces(size));
      }
      await blocks.read(padding);
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw diskFull(error, folder) ?? refused(archive, error instanceof Error ? error.message : String(error), error);
  } finally {
    file.destroy();
  }
}

/** Tape archives are sometimes named .gz without being compressed (Oxford's pets). */
async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

function gunzipped(file: Readable): Readable {
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  return file.pipe(gunzip);
}

/** Bytes of a stream, as many at a time as are asked for. */
class Blocks {
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** @throws Error where the stream ends before */
  async read(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const piece of this.pieces(length)) parts.push(piece);
    return Buffer.concat(parts);
  }

  async skip(length: number): Promise<void> {
    for await (const piece of this.pieces(length)) void piece;
  }

  async *pieces(length: number): AsyncGenerator<Buffer> {
    let left = length;
    while (left > 0) {
      if (this.#held.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) throw new Error('it is cut off');
        this.#held = next.value;
      }
      const piece = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }
}

async function write(path: string, pieces: AsyncGenerator<Buffer>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'wx');
  try {
    for await (const piece of pieces) await file.appendFile(piece);
  } finally {
    await file.close();
  }
}

/** Null for a folder. */
function nameOf({ path, kind }: Pick<TarHeader, 'path' | 'kind'>, archive: string): string | null {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (path.startsWith('/') || /^[A-Za-z]:|\\|\0/.test(path) || parts.includes('..'))
    throw refused(archive, `"${path}" leads out of the folder`);
  // Old archives mark a folder by its name alone.
  if (kind === 'folder' || (kind === 'file' && path.endsWith('/'))) return null;
  if (kind === 'link') throw refused(archive, `"${path}" is a link`);
  if (kind !== 'file' || parts.length === 0) throw refused(archive, `"${path}" is no file`);
  return parts.join('/');
}

function refused(archive: string, reason: string, cause?: unknown): AppError {
  return new AppError('bad_file', `The archive ${archive} can't be unpacked: ${reason}.`, {
    hint: 'Make or fetch the archive again.',
    details: { archive, reason },
    cause,
  });
}
