import { createORPCClient, ORPCError } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from '../src-shared/contract/contract.ts';
import { AppError, ERROR_CODES } from '../src-shared/errors.ts';
import type { ErrorCode } from '../src-shared/errors.ts';
import { strings } from './strings.ts';

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

/** What main said is wrong, or that it said nothing that can be read; a call that was given up stays what it is. */
function asAppError(cause: unknown): unknown {
  if (cause instanceof AppError || (cause instanceof Error && cause.name === 'AbortError')) return cause;
  if (cause instanceof ORPCError && cause.code in ERROR_CODES) {
    const { hint, details } = (cause.data ?? {}) as { hint?: string; details?: Record<string, unknown> };
    return new AppError(cause.code as ErrorCode, cause.message, { hint, details, cause });
  }
  const { unanswered, unreadable } = strings.failures;
  // fetch fails with a TypeError where nothing answers.
  return cause instanceof TypeError
    ? new AppError('network', unanswered.message, { hint: unanswered.hint, cause })
    : new AppError('internal', unreadable.message, { hint: unreadable.hint, cause });
}
