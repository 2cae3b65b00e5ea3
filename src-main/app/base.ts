import { mapEventIterator } from '@orpc/client';
import { implement, ORPCError } from '@orpc/server';
import { contract } from '../../src-shared/contract/contract.ts';
import { AppError, ERROR_CODES } from '../../src-shared/errors.ts';
import { databaseError } from '../database/database-error.ts';
import { isIterator } from './app-errors.ts';
import type { Library } from './library.ts';

/** What every procedure is given. */
export interface Context {
  library: Library;
}

/** The contract to implement; failures, those of streams too, leave as the contract's errors. */
export const main = implement(contract)
  .$context<Context>()
  .use(async ({ next, context }) => {
    const leaving = (error: unknown): unknown => asContractError(databaseError(error, context.library.paths.database));
    try {
      const result = await next();
      if (!isIterator(result.output)) return result;
      const output = mapEventIterator(result.output, {
        value: async (value) => value,
        error: async (error) => leaving(error) as Error,
      });
      return { ...result, output };
    } catch (error) {
      throw leaving(error);
    }
  });

/** An AppError as the error that the contract declares for its code, a refused input too; anything else is a bug and stays one. */
export function asContractError(error: unknown): unknown {
  const known = isContractError(error) ? refusedInput(error) : error;
  if (!(known instanceof AppError)) return error;
  const { code, message, hint, details } = known;
  return new ORPCError(code, {
    defined: true,
    status: ERROR_CODES[code].status,
    message,
    data: { ...(hint === undefined ? {} : { hint }), details },
    cause: known,
  });
}

/** A failure of oRPC, its data not yet looked at. */
export function isContractError(error: unknown): error is ORPCError<string, unknown> {
  return error instanceof ORPCError;
}

/** Says which field of the input was wrong. */
function refusedInput(error: ORPCError<string, unknown>): AppError | null {
  const { issues } = (error.data ?? {}) as { issues?: { message: string; path?: { key: unknown }[] }[] };
  if (error.code !== 'BAD_REQUEST' || !issues) return null;
  const told = issues.map(({ message, path }) => {
    const field = (path ?? []).map(({ key }) => String(key)).join('.');
    return field === '' ? message : `${field}: ${message}`;
  });
  return new AppError('usage', `The input can't be used: ${told.join('; ')}.`, { details: { issues: told } });
}
