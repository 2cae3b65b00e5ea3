import { basename, dirname, join } from 'node:path';
import { sidecarPath } from '../../src-shared/checkpoints/sidecar.ts';
import { parseFingerprint, type Fingerprint, type KeptFingerprint } from '../../src-shared/fingerprint/fingerprint.ts';
import { readJsonFile } from './json-file.ts';
import { locateCheckpoint } from './locate-checkpoint.ts';

/** Beside the weights of an export. */
export const FINGERPRINT_FILE = 'fingerprint.json';

/**
 * The fingerprint that was written beside a checkpoint: in the description of an .npz, or in fingerprint.json where the
 * file is the only model of its folder (`model.…`). It is kept though the file's bytes may have changed since: that is
 * what it is for.
 * @param path of a file, or of a folder with one
 * @throws AppError not_found, bad_file, bad_checkpoint
 */
export async function keptFingerprint(path: string): Promise<KeptFingerprint | null> {
  const { path: file } = await locateCheckpoint(path);
  const sidecar = sidecarPath(file);
  if (sidecar !== file && /\.npz$/i.test(file)) {
    const described = await readJsonFile(sidecar);
    if (isRecord(described) && described['format'] === 'vitrine-checkpoint' && described['fingerprint'] !== undefined) {
      const { fingerprint, sha256 } = described;
      return {
        fingerprint: parseFingerprint(fingerprint, sidecar),
        from: sidecar,
        sha256: typeof sha256 === 'string' ? sha256 : null,
      };
    }
  }
  if (!basename(file).startsWith('model.')) return null;
  const beside = join(dirname(file), FINGERPRINT_FILE);
  const json = await readJsonFile(beside);
  return json === null ? null : { fingerprint: parseFingerprint(json, beside), from: beside, sha256: null };
}

/** The one kept in a folder for a file of these bytes; null without one. @throws AppError bad_file, bad_checkpoint */
export async function fingerprintInFolder(folder: string, sha256: string): Promise<Fingerprint | null> {
  const path = join(folder, `${sha256}.json`);
  const json = await readJsonFile(path);
  return json === null ? null : parseFingerprint(json, path);
}

function isRecord(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null;
}
