import { open, readFile, type FileHandle } from 'node:fs/promises';
import { packedPlace } from '../../src-shared/data/packed-path.ts';
import { AppError } from '../../src-shared/errors.ts';

/** Places this near one another, bytes, are read at once: skipping costs a call, reading the gap nearly nothing. */
const GAP_BYTES = 32 << 10;
/** Most that one such call reads. */
const SPAN_BYTES = 4 << 20;

interface Wanted {
  /** Which of the paths. */
  index: number;
  offset: number;
  length: number;
}

/**
 * The encoded bytes of images, in the order of their paths, whether files or stretches of larger ones. Each larger
 * file is opened once and read forwards.
 * @throws AppError not_found where a file is gone, bad_file where it ends before an image does
 */
export async function readEncoded(paths: readonly string[]): Promise<Uint8Array[]> {
  const contents = new Array<Uint8Array>(paths.length);
  const byFile = new Map<string, Wanted[]>();
  for (const [index, path] of paths.entries()) {
    const place = packedPlace(path);
    if (place === null) {
      contents[index] = await readFile(path).catch((error: unknown) => Promise.reject(gone(path, error)));
      continue;
    }
    const { file, offset, length } = place;
    const wanted = byFile.get(file);
    if (wanted) wanted.push({ index, offset, length });
    else byFile.set(file, [{ index, offset, length }]);
  }
  for (const [file, wanted] of byFile) {
    wanted.sort((a, b) => a.offset - b.offset);
    const handle = await open(file).catch((error: unknown) => Promise.reject(gone(file, error)));
    try {
      for (const span of spansOf(wanted)) await readSpan(handle, span, { file, contents });
    } finally {
      await handle.close();
    }
  }
  return contents;
}

/** Bytes that the images of these paths take together; files count nothing, they are read when they are needed. */
export function packedLength(path: string): number {
  return packedPlace(path)?.length ?? 0;
}

function* spansOf(wanted: readonly Wanted[]): Generator<Wanted[]> {
  let span: Wanted[] = [];
  let end = 0;
  for (const one of wanted) {
    const far = one.offset - end > GAP_BYTES || one.offset + one.length - (span[0]?.offset ?? 0) > SPAN_BYTES;
    if (span.length > 0 && far) {
      yield span;
      span = [];
    }
    span.push(one);
    end = Math.max(end, one.offset + one.length);
  }
  if (span.length > 0) yield span;
}

async function readSpan(
  handle: FileHandle,
  span: readonly Wanted[],
  { file, contents }: { file: string; contents: Uint8Array[] },
): Promise<void> {
  const start = span[0]!.offset;
  const end = span.reduce((most, { offset, length }) => Math.max(most, offset + length), start);
  const bytes = Buffer.allocUnsafe(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) {
      throw new AppError('bad_file', `${file} ends at byte ${start + filled}, within an image.`, {
        hint: 'It is shorter than when its images were listed: restore it.',
        details: { path: file },
      });
    }
    filled += bytesRead;
  }
  // Copies: a slice would keep the whole stretch in memory.
  for (const { index, offset, length } of span)
    contents[index] = new Uint8Array(bytes.subarray(offset - start, offset - start + length));
}

function gone(path: string, cause: unknown): AppError {
  return new AppError('not_found', `The image ${path} can't be read.`, { cause, details: { path } });
}
