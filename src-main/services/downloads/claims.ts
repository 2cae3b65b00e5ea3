/** What a server says of a file, to hold its content against. */
export interface Claims {
  /** Of the whole file, bytes; null where it doesn't say. */
  total: number | null;
  /** Weak ones ("W/…") don't count: they promise no equal bytes. */
  etag: string | null;
  lastModified: string | null;
  /** Base64, as in x-goog-hash. */
  md5: string | null;
  crc32c: string | null;
  /** The ETag is the content's MD5 and must agree (a storage service says so), or it may be one. */
  etagMd5: { hex: string; binding: boolean } | null;
}

type Headers = Readonly<Record<string, string>>;

export const NO_CLAIMS: Claims = {
  total: null,
  etag: null,
  lastModified: null,
  md5: null,
  crc32c: null,
  etagMd5: null,
};

/**
 * Reads an answer's headers. A body that was compressed on its way has other bytes than the headers speak of: nothing
 * is claimed of it then.
 */
export function claimsOf(headers: Headers, { encoded, total }: { encoded: boolean; total: number | null }): Claims {
  if (encoded) return NO_CLAIMS;
  const etag = /^"[^"]*"$/.test(headers['etag'] ?? '') ? headers['etag']! : null;
  const hashes = googHashes(headers['x-goog-hash']);
  // Storage services' ETags are MD5s (of objects uploaded in one part); others may look so by accident.
  const hex = /^"([0-9a-f]{32})"$/i.exec(etag ?? '')?.[1]?.toLowerCase();
  const isStorage = Object.keys(headers).some((name) => name.startsWith('x-goog-') || name === 'x-amz-request-id');
  const isEncrypted = headers['x-amz-server-side-encryption']?.startsWith('aws:kms') ?? false;
  return {
    total,
    etag,
    lastModified: headers['last-modified'] ?? null,
    md5: hashes.get('md5') ?? null,
    crc32c: hashes.get('crc32c') ?? null,
    etagMd5: hex === undefined ? null : { hex, binding: isStorage && !isEncrypted },
  };
}

/** `crc32c=n03x6A==,md5=Ojk9c3dhfxgoKVVHYwFbHQ==` */
function googHashes(text: string | undefined): Map<string, string> {
  const pairs = (text ?? '').split(',').map((part) => /^\s*(md5|crc32c)=([A-Za-z0-9+/]+=*)\s*$/.exec(part));
  return new Map(pairs.flatMap((match) => (match ? [[match[1]!, match[2]!] as const] : [])));
}

export function contentLength(headers: Headers): number | null {
  const text = headers['content-length'];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** `bytes 5-9/10` as { from: 5, to: 9, total: 10 }; null for anything else. Of `…/*` the total is null. */
export function contentRange(headers: Headers): { from: number; to: number; total: number | null } | null {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(headers['content-range'] ?? '');
  if (!match) return null;
  const [from, to] = [Number(match[1]), Number(match[2])];
  const total = match[3] === '*' ? null : Number(match[3]);
  return to < from || (total !== null && to >= total) ? null : { from, to, total };
}
