import { AppError } from '../../../src-shared/errors.ts';

/** Bytes of a line of an index: the real ones have about 300. */
const MAX_LINE = 64 * 1024;
/** Bytes of an index: the real one has about 16 MB. */
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * The lines of a UTF-8 stream in batches, without their line breaks (LF or CR LF), holding one piece and one line at a
 * time.
 * @throws AppError bad_file for other encodings, and for more than any index has
 */
export async function* readLines(pieces: AsyncIterable<Uint8Array>, source: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  let rest = '';
  for await (const piece of pieces) {
    if (bytes === 0) refuseOtherEncodings(piece, source);
    bytes += piece.byteLength;
    if (bytes > MAX_BYTES) throw bad(source, `is larger than ${MAX_BYTES / 2 ** 20} MiB, more than any index`);
    const lines = (rest + decode(() => decoder.decode(piece, { stream: true }), source)).split('\n');
    rest = lines.pop()!;
    if (rest.length > MAX_LINE || lines.some((line) => line.length > MAX_LINE)) throw longLine(source);
    if (lines.length > 0) yield lines.map(withoutReturn);
  }
  rest += decode(() => decoder.decode(), source);
  if (rest !== '') yield [withoutReturn(rest)];
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function refuseOtherEncodings(first: Uint8Array, source: string): void {
  const [a, b] = first;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) throw bad(source, 'is UTF-16, not UTF-8');
  if (a === 0x1f && b === 0x8b) throw bad(source, 'is gzip, not CSV');
  if (a === 0x50 && b === 0x4b) throw bad(source, 'is a zip archive or a spreadsheet, not CSV');
}

function decode(run: () => string, source: string): string {
  try {
    return run();
  } catch (error) {
    throw new AppError('bad_file', `${source} is not UTF-8.`, { hint: 'Save it as UTF-8.', cause: error });
  }
}

function longLine(source: string): AppError {
  return bad(source, `has a line of more than ${MAX_LINE / 1024} KiB`);
}

function bad(source: string, what: string): AppError {
  return new AppError('bad_file', `${source} ${what}.`, {
    hint: 'Expected: the index.csv of gs://vit_models/augreg, as plain UTF-8 text.',
    details: { source },
  });
}
