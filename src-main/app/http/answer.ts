import { AppError, ERROR_CODES } from '../../../src-shared/errors.ts';
import type { ErrorCode } from '../../../src-shared/errors.ts';

/** What answers requests, whatever carries them. */
export type Handler = (request: Request) => Promise<Response>;

export interface FailureOptions {
  /** Where it isn't that of the code. */
  status?: number;
  headers?: Record<string, string>;
  /** The address that was asked for: clients of oRPC expect their own envelope below /rpc. */
  pathname?: string;
}

/** What a failed request is answered with, in the shape that the contract's own failures have. */
export function failureBody(error: AppError, { status, pathname }: FailureOptions = {}): string {
  const { code, message, hint, details } = error;
  const data = { ...(hint === undefined ? {} : { hint }), details };
  const body = { defined: true, code, status: status ?? ERROR_CODES[code].status, message, data };
  return JSON.stringify(pathname?.startsWith('/rpc/') ? { json: body } : body);
}

/** An AppError as an answer. */
export function failure(error: AppError, options: FailureOptions = {}): Response {
  return new Response(failureBody(error, options), {
    status: options.status ?? ERROR_CODES[error.code].status,
    headers: { 'content-type': 'application/json', 'x-content-type-options': 'nosniff', ...options.headers },
  });
}

/** oRPC's own codes in terms of the one table. */
export const OWN_CODES: Record<string, ErrorCode> = {
  BAD_REQUEST: 'usage',
  METHOD_NOT_SUPPORTED: 'usage',
  NOT_FOUND: 'not_found',
  PAYLOAD_TOO_LARGE: 'too_large',
  CLIENT_CLOSED_REQUEST: 'interrupted',
};

/** What a caller is told of a bug: nothing of its insides. */
export function internal(): AppError {
  return new AppError('internal', 'This is a bug in Vitrine; its log has the details.', { hint: 'Please report it.' });
}
