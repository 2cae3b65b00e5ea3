export interface Backoff {
  /** Before the second try, ms; doubled for each one after it. */
  firstMs: number;
  longestMs: number;
  /** Tries of a source that gets nowhere, the first included. */
  tries: number;
}

export const BACKOFF: Backoff = { firstMs: 1000, longestMs: 60_000, tries: 6 };

/** What a server may ask us to wait at most, ms. Beyond that the next mirror is quicker. */
const LONGEST_RETRY_AFTER_MS = 600_000;

/**
 * How long to wait before try `number` (2 is the first that waits), ms: doubling, with up to half of it left to chance
 * so that many who failed together don't come back together. A Retry-After of the server is kept to; null where it asks
 * for more than is worth waiting.
 */
export function backoffMs(
  number: number,
  { firstMs, longestMs }: Backoff,
  { retryAfter, random = Math.random }: { retryAfter?: string | undefined; random?: () => number } = {},
): number | null {
  const doubled = Math.min(longestMs, firstMs * 2 ** (number - 2));
  const own = doubled * (0.5 + random() / 2);
  const asked = retryAfterMs(retryAfter);
  if (asked === null) return own;
  return asked > LONGEST_RETRY_AFTER_MS ? null : Math.max(asked, own);
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function retryAfterMs(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}
