import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AppError } from '../../../src-shared/errors.ts';
import {
  parseFingerprint,
  type Fingerprint,
  type KeptFingerprint,
} from '../../../src-shared/fingerprint/fingerprint.ts';

/** Bytes; a fingerprint has about 3,000. */
const MAX_BYTES = 1 << 20;

/** Where they are kept: `SHA-256.json` each. */
export function keptFolder(home: string): string {
  return join(home, 'fingerprints');
}

/**
 * Fingerprints of files that aren't Vitrine's to write beside, by the SHA-256 of each, in Vitrine's home.
 * @param home the folder (see services/engine/home.ts)
 */
export function keptPath(home: string, sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`${sha256} is no SHA-256`);
  return join(keptFolder(home), `${sha256}.json`);
}

/** The one kept for a file of these bytes. One that can't be read is as good as none. */
export async function readKept(home: string, sha256: string): Promise<KeptFingerprint | null> {
  const path = keptPath(home, sha256);
  return readFingerprint(path)
    .then((fingerprint) => ({ fingerprint, from: path, sha256 }))
    .catch((error: unknown) => {
      if (error instanceof AppError) return null;
      throw error;
    });
}

/** @throws AppError not_found, bad_file */
export async function readFingerprint(path: string): Promise<Fingerprint> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AppError('not_found', `The fingerprint ${path} can't be read.`, { cause });
  });
  if (text.length > MAX_BYTES) throw new AppError('bad_file', `${path} is too large for a fingerprint.`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new AppError('bad_file', `${path} is not JSON, so it holds no fingerprint.`, { cause });
  }
  const described = json as { format?: unknown; fingerprint?: unknown } | null;
  // The description that Vitrine writes beside an .npz has one inside.
  return parseFingerprint(described?.format === 'vitrine-checkpoint' ? described.fingerprint : json, path);
}

/** Keeps one, whole or not at all, in place of the one before. */
export async function keep(home: string, sha256: string, fingerprint: Fingerprint): Promise<string> {
  const path = keptPath(home, sha256);
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  await mkdir(keptFolder(home), { recursive: true });
  try {
    await writeFile(temporary, `${JSON.stringify(fingerprint, null, 2)}\n`, { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return path;
}
