import type { ContractRouterClient } from '@orpc/contract';
import { createRouterClient, ORPCError } from '@orpc/server';
import type { contract } from '../../src-shared/contract/contract.ts';
import { AppError, ERROR_CODES } from '../../src-shared/errors.ts';
import type { ErrorCode } from '../../src-shared/errors.ts';
import type { Library } from './library.ts';
import { router } from './router.ts';

/** Main as its callers see it, whichever way they reach it. */
export type Client = ContractRouterClient<typeof contract>;

/** The contract without a transport: the same procedures and checks, in this process. */
export function inProcess(library: Library): Client {
  return createRouterClient(router, { context: { library } });
}

/** A failure of the contract as the AppError it was on the other side; anything else as it is. */
export function asAppError(error: unknown): unknown {
  if (!(error instanceof ORPCError) || !(error.code in ERROR_CODES)) return error;
  const { hint, details } = (error.data ?? {}) as { hint?: string; details?: Record<string, unknown> };
  return new AppError(error.code as ErrorCode, error.message, { hint, details, cause: error });
}
