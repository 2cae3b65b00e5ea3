import { mapEventIterator, ORPCError } from '@orpc/client';
import { AppError, ERROR_CODES } from '../../src-shared/errors.ts';
import type { ErrorCode } from '../../src-shared/errors.ts';

/** Runs a call so that it fails, at once or while its stream is read, with AppErrors. */
export async function withAppErrors<T>(
  call: () => Promise<T>,
  asError: (error: unknown) => unknown = asAppError,
): Promise<T> {
  try {
    const output = await call();
    if (!isIterator(output)) return output;
    return mapEventIterator(output, {
      value: async (value) => value,
      error: async (error) => asError(error) as Error,
    }) as T;
  } catch (error) {
    throw asError(error);
  }
}

export function isIterator(output: unknown): output is AsyncIterator<unknown, unknown> {
  return typeof output === 'object' && output !== null && Symbol.asyncIterator in output;
}

/** A failure of the contract as the AppError it was on the other side; anything else as it is. */
export function asAppError(error: unknown): unknown {
  if (!(error instanceof ORPCError)) return error;
  const { hint, details } = (error.data ?? {}) as { hint?: string; details?: Record<string, unknown> };
  if (error.code in ERROR_CODES)
    return new AppError(error.code as ErrorCode, error.message, { hint, details, cause: error });
  return error;
}
