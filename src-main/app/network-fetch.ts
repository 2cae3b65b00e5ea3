import { Readable } from 'node:stream';
import type { Network } from '../services/network/service.ts';

/** Most bytes of an index.csv: the real one has 51,509 lines of some 300 characters. */
const MAX_BYTES = 1 << 30;

/** The network as `fetch`, for services that only read: written down, and refused offline. */
export function networkFetch(
  network: Network,
  purpose: string,
): (url: string, init: { signal?: AbortSignal }) => Promise<Response> {
  return async (url, { signal }) => {
    const { status, body } = await network.request(url, { purpose, maxBytes: MAX_BYTES, ...(signal && { signal }) });
    const stream: unknown = Readable.toWeb(Readable.from(body));
    return new Response(stream as NonNullable<Response['body']>, { status });
  };
}
