import { implement, ORPCError } from '@orpc/server';
import { contract } from '../../src-shared/contract/contract.ts';
import { AppError, ERROR_CODES } from '../../src-shared/errors.ts';
import { databaseError } from '../database/database-error.ts';
import type { Library } from './library.ts';

/** What every procedure is given. */
export interface Context {
  library: Library;
}

/** The contract to implement; failures leave as the contract's errors. */
export const main = implement(contract)
  .$context<Context>()
  .use(async ({ next, context }) => {
    try {
      return await next();
    } catch (error) {
      throw asContractError(databaseError(error, context.library.paths.database));
    }
  });

/** An AppError as the error that the contract declares for its code; anything else is a bug and stays one. */
export function asContractError(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  const { code, message, hint, details } = error;
  return new ORPCError(code, {
    defined: true,
    status: ERROR_CODES[code].status,
    message,
    data: { ...(hint === undefined ? {} : { hint }), details },
    cause: error,
  });
}
