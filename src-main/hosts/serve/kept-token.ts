import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const FILE = 'serve-token';
const PATTERN = /^[\w-]{43}$/;

/**
 * The token that serves this library, kept in a file that only its owner may read: a page that was open goes on after
 * a restart. Anything but such a file (a link, another's, readable by others, something else in it) is not believed.
 */
export function keptToken(home: string): string {
  const path = join(home, FILE);
  const known = read(path);
  if (known !== null) return known;
  const token = freshToken();
  const mine = `${path}.${process.pid}`;
  try {
    writeFileSync(mine, `${token}\n`, { mode: 0o600, flag: 'wx' });
    chmodSync(mine, 0o600); // whatever the umask
    renameSync(mine, path);
  } catch {
    rmSync(mine, { force: true }); // it serves all the same; pages won't outlive it
  }
  return token;
}

/** Whoever had the kept token has it no more. */
export function forgetToken(home: string): void {
  rmSync(join(home, FILE), { force: true });
}

export function freshToken(): string {
  return randomBytes(32).toString('base64url');
}

function read(path: string): string | null {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch {
    return null;
  }
  try {
    const { mode, uid } = fstatSync(file);
    const own = process.getuid === undefined || (uid === process.getuid() && (mode & 0o077) === 0);
    const text = own ? readFileSync(file, 'utf8').trim() : '';
    return PATTERN.test(text) ? text : null;
  } catch {
    return null;
  } finally {
    closeSync(file);
  }
}
