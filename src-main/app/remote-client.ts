import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import { AppError } from '../../src-shared/errors.ts';
import { asAppError, withAppErrors } from './app-errors.ts';
import type { Client } from './in-process.ts';

export interface RemoteHost {
  /** Such as http://127.0.0.1:7848. */
  address: string;
  token: string;
}

/** The contract of a host that holds the library, over HTTP. Fails with AppErrors. */
export function remoteClient({ address, token }: RemoteHost): Client {
  const fail = (error: unknown): unknown => unreachable(asAppError(error), address);
  const link = new RPCLink({
    url: `${address}/rpc`,
    headers: { authorization: `Bearer ${token}` },
    // The library's own host, not the network.
    // eslint-disable-next-line no-restricted-globals
    fetch: async (request, init, { signal }) => abortable(await fetch(request, init), signal),
    interceptors: [(options) => withAppErrors(() => options.next(), fail)],
  });
  return createORPCClient(link);
}

/**
 * Node's fetch holds what listens to an abort by a weak reference only: once that is collected, an abort closes nothing
 * any more, and the host keeps a stream for nobody. A pipe holds its signal.
 */
function abortable(response: Response, signal: AbortSignal | undefined): Response {
  if (!signal || !response.body) return response;
  return new Response(response.body.pipeThrough(new TransformStream(), { signal }), response);
}

/** What fetch throws where nobody answers any more. */
function unreachable(error: unknown, address: string): unknown {
  if (!(error instanceof TypeError)) return error;
  return new AppError('conflict', `The host that holds the library doesn't answer at ${address}.`, {
    hint: 'It may be ending: try again in a moment.',
    cause: error,
  });
}
