import { AppError } from '../../src-shared/errors.ts';

/** What came of one damaged file. */
export interface Attempt {
  /** Undefined when it loaded. */
  error: unknown;
  /** Whether it loaded with the numbers of the sound file, where sums promise that. */
  same: boolean;
  /** Files left open. */
  left: number;
  /** Of processor time. */
  seconds: number;
  /** Bytes of the largest array made. */
  largest: number;
  /** Bytes of the largest array that was read; 0 where none was. */
  held: number;
  /** Of the file and those beside it. */
  bytes: number;
}

export type Verdict = 'loaded' | 'refused' | { fault: string };

export const MAX_SECONDS = 2;
const MAX_RATIO = 3;
/** A file that is being closed, and the folder that is read to count. */
const MAX_LEFT = 2;
/** Bytes, whatever the file's size: zlib takes its output in pieces of this. */
export const FLOOR = 16 << 10;
const EXPECTED = new Set(['bad_checkpoint', 'bad_file', 'not_found']);

/** A clear error or a correct load, soon, and in proportion to the file. */
export function judge({ error, same, left, seconds, largest, held, bytes }: Attempt): Verdict {
  if (error !== undefined) {
    if (!(error instanceof AppError)) return { fault: `another error: ${describe(error)}` };
    if (!EXPECTED.has(error.code)) return { fault: `an AppError "${error.code}": ${error.message}` };
    if (error.message.length > 2000) return { fault: `a message of ${error.message.length} characters` };
    // eslint-disable-next-line no-control-regex -- what a terminal acts on
    if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(error.message)) {
      return { fault: `control characters in ${JSON.stringify(error.message)}` };
    }
  }
  if (!same) return { fault: 'it loads with other numbers' };
  if (left > MAX_LEFT) return { fault: `${left} files left open` };
  if (seconds > MAX_SECONDS) return { fault: `${seconds.toFixed(1)} s` };
  // What was really packed in the file may be larger than it, by as much as it was packed.
  if (largest > Math.max(MAX_RATIO * bytes, held, FLOOR)) return { fault: `an array of ${largest} bytes for ${bytes}` };
  if (Object.keys(Object.prototype).length > 0 || 'polluted' in {}) return { fault: 'a changed Object.prototype' };
  return error === undefined ? 'loaded' : 'refused';
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 4).join(' | ') : String(error);
}
