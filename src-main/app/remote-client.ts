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
    interceptors: [(options) => withAppErrors(() => options.next(), fail)],
  });
  return createORPCClient(link);
}

/** What fetch throws where nobody answers any more. */
function unreachable(error: unknown, address: string): unknown {
  if (!(error instanceof TypeError)) return error;
  return new AppError('conflict', `The host that holds the library doesn't answer at ${address}.`, {
    hint: 'It may be ending: try again in a moment.',
    cause: error,
  });
}
