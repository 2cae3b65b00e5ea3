import { AppError } from '../errors.ts';

/** Makes the error of one file (and tensor) from a reason: `FILE, tensor "NAME": REASON`. */
export type Fail = (reason: string, options?: { hint?: string; cause?: unknown }) => AppError;

export function checkpointFail(file: string, tensor?: string): Fail {
  const where = tensor === undefined ? file : `${file}, tensor ${quoteName(tensor)}`;
  return (reason, options = {}) =>
    new AppError('bad_checkpoint', `${where}: ${printable(reason)}`, {
      ...options,
      details: { file, ...(tensor === undefined ? {} : { tensor }) },
    });
}

/** A name out of an untrusted file, safe to show on a terminal: quoted, control characters escaped, at most 120 long. */
export function quoteName(name: string): string {
  const cut = name.length > 120 ? `${name.slice(0, 117)}...` : name;
  // JSON leaves DEL, C1 controls and bidirectional marks as they are.
  return printable(JSON.stringify(cut));
}

/** Characters of a sentence. */
const MAX_REASON = 1000;

/** A sentence that may quote an untrusted file, of bearable length and without what a terminal acts on. */
export function printable(text: string): string {
  const cut = text.length > MAX_REASON ? `${text.slice(0, MAX_REASON)} ...` : text;
  return cut.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}

/** The first few of a list of names, for a message: `"a", "b" and 12 more`. */
export function someNames(names: Iterable<string>, most = 5): string {
  const all = [...names];
  const shown = all.slice(0, most).map(quoteName).join(', ');
  return all.length > most ? `${shown} and ${all.length - most} more` : shown;
}
