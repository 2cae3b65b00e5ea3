import { createORPCClient, ORPCError } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from '../src-shared/contract/contract.ts';
import { AppError, ERROR_CODES } from '../src-shared/errors.ts';
import type { ErrorCode } from '../src-shared/errors.ts';

/** Main as the window sees it: every service of the contract, and nothing else. */
export type Api = ContractRouterClient<typeof contract>;

/** The one place where a client is made. Same-origin: whoever serves the page answers its calls. Fails with AppErrors. */
export function createApi(page: string = location.href): Api {
  return createORPCClient(
    new RPCLink({
      url: new URL('/rpc', page).href,
      interceptors: [
        async (call) => {
          try {
            return await call.next();
          } catch (error) {
            throw asAppError(error);
          }
        },
      ],
    }),
  );
}

function asAppError(error: unknown): unknown {
  if (!(error instanceof ORPCError) || !(error.code in ERROR_CODES)) return error;
  const { hint, details } = (error.data ?? {}) as { hint?: string; details?: Record<string, unknown> };
  return new AppError(error.code as ErrorCode, error.message, { hint, details, cause: error });
}
