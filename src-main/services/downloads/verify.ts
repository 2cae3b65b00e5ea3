import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { networkError } from '../network/service.ts';
import type { Claims } from './claims.ts';
import { crc32c } from '../../../src-shared/crc32c.ts';
import { crc32cBase64 } from './crc32c-base64.ts';
import type { Source } from './source.ts';

export interface Verified {
  sha256: string;
  /** What the content agreed with, for a person. */
  evidence: string[];
}

const CHUNK = 4 << 20;

/**
 * Reads a file and holds it against all that was published or claimed of it.
 * @throws AppError network `content` where anything differs; interrupted
 */
export async function verifyContent(
  path: string,
  { source, claims, signal }: { source: Source; claims: Claims; signal: AbortSignal },
): Promise<Verified> {
  const sums = await sumsOf(path, { withCrc: claims.crc32c !== null && claims.md5 === null, signal });
  const evidence: string[] = [];
  const compare = (what: string, expected: string | null | undefined, found: string): void => {
    if (expected === null || expected === undefined) return;
    if (expected !== found) {
      throw networkError('content', `What came is not the file: its ${what} is ${found}, and should be ${expected}.`);
    }
    evidence.push(what);
  };
  compare('published SHA-256', source.sha256, sums.sha256);
  compare('size', (claims.total ?? source.size)?.toString(), sums.size.toString());
  compare('MD5 that the server names', claims.md5, sums.md5.toString('base64'));
  if (sums.crc !== null) compare('CRC-32C that the server names', claims.crc32c, sums.crc);
  const etag = claims.etagMd5;
  if (etag && (etag.binding || etag.hex === sums.md5.toString('hex'))) {
    compare('ETag, which is its MD5,', etag.hex, sums.md5.toString('hex'));
  }
  return { sha256: sums.sha256, evidence };
}

async function sumsOf(
  path: string,
  { withCrc, signal }: { withCrc: boolean; signal: AbortSignal },
): Promise<{ size: number; sha256: string; md5: Buffer; crc: string | null }> {
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  let crc = 0;
  let size = 0;
  const handle = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(CHUNK);
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, size);
      if (bytesRead === 0) break;
      const bytes = buffer.subarray(0, bytesRead);
      sha256.update(bytes);
      md5.update(bytes);
      if (withCrc) crc = crc32c(bytes, crc);
      size += bytesRead;
    }
  } finally {
    await handle.close();
  }
  return { size, sha256: sha256.digest('hex'), md5: md5.digest(), crc: withCrc ? crc32cBase64(crc) : null };
}
