import { ORPCError } from '@orpc/client';
import { OpenAPIHandler } from '@orpc/openapi/fetch';
import { RPCHandler } from '@orpc/server/fetch';
import type { FetchHandler, FetchHandlerOptions } from '@orpc/server/fetch';
import type { StandardHandlerOptions } from '@orpc/server/standard';
import { AppError } from '../../../src-shared/errors.ts';
import { asContractError, isContractError } from '../base.ts';
import type { Context } from '../base.ts';
import type { Library } from '../library.ts';
import { router } from '../router.ts';
import { failure, internal, OWN_CODES } from './answer.ts';
import type { Handler } from './answer.ts';
import { limitBody } from './limited-body.ts';
import { queryValues } from './query-values.ts';

/** Bodies of calls: plain values, never files. */
const LIMITS = { most: 16 * 2 ** 20, patience: 20_000 };
/** Comments between the events of a stream, so that either side notices that the other is gone, ms. */
const HEARTBEAT_MS = 10_000;

interface Options {
  library: Library;
  onBug: (error: unknown) => void;
}

/** The contract for clients of oRPC. */
export function rpcHandler(options: Options): Handler {
  return served(new RPCHandler(router, common(options)), '/rpc', options);
}

/** The contract for everybody else: plain JSON, as /openapi.json describes it. */
export function apiHandler(options: Options): Handler {
  const { clientInterceptors, ...rest } = common(options);
  const handler = new OpenAPIHandler(router, {
    ...rest,
    clientInterceptors: [
      ...clientInterceptors,
      (call) => call.next({ ...call, input: queryValues(call.procedure['~orpc'], call.input) }),
    ],
  });
  return served(handler, '/api', options);
}

function served(handler: FetchHandler<Context>, prefix: '/rpc' | '/api', { library }: Options): Handler {
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method !== 'GET' && request.method !== 'POST') {
      const error = new AppError('usage', `${request.method} can't be used here: a call is a GET or a POST.`);
      return failure(error, { status: 405, headers: { allow: 'GET, POST' }, pathname });
    }
    const limited = limitBody(request, LIMITS);
    const { matched, response } = await handler.handle(limited, { prefix, context: { library } });
    if (matched) return response;
    const name = pathname.slice(prefix.length + 1);
    throw new AppError('not_found', `The contract has no ${request.method} ${name.slice(0, 100) || prefix}.`, {
      hint: '/openapi.json lists what can be called.',
    });
  };
}

/** Failures leave with a code of the one table, whoever threw them. */
function common({ onBug }: Options) {
  return {
    eventIteratorKeepAliveInterval: HEARTBEAT_MS,
    clientInterceptors: [
      async (call) => {
        try {
          return await call.next();
        } catch (error) {
          throw told(error, onBug);
        }
      },
    ],
    interceptors: [
      async (call) => {
        try {
          return await call.next();
        } catch (error) {
          if (isContractError(error)) throw told(error, onBug);
          if (error instanceof AppError) throw asContractError(error);
          throw asContractError(malformed(error)); // all that the call itself throws has been told above
        }
      },
    ],
  } satisfies FetchHandlerOptions<Context> & StandardHandlerOptions<Context>;
}

function told(error: unknown, onBug: (error: unknown) => void): ORPCError<string, unknown> {
  if (isContractError(error)) {
    if (error.defined) return error;
    const code = OWN_CODES[error.code];
    if (code !== undefined)
      return new ORPCError(code, { status: error.status, message: sentence(error), cause: error.cause });
  }
  onBug(isContractError(error) && error.cause !== undefined ? error.cause : error);
  return asContractError(internal()) as ORPCError<string, unknown>;
}

function sentence(error: ORPCError<string, unknown>): string {
  return error.code === 'METHOD_NOT_SUPPORTED' ? 'This call changes something: it is a POST.' : error.message;
}

function malformed(cause: unknown): AppError {
  return new AppError('usage', "The request can't be read: its body or its query isn't what a call has.", {
    hint: 'Send JSON with the header content-type: application/json.',
    cause,
  });
}
