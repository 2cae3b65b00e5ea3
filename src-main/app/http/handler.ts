import { AppError } from '../../../src-shared/errors.ts';
import { staticFiles } from '../../services/web/static-files.ts';
import type { Library } from '../library.ts';
import { failure, internal } from './answer.ts';
import type { Handler } from './answer.ts';

export interface HandlerOptions {
  library: Library;
  /** The folder of the built window; null where there is none. */
  web: string | null;
  /** Told of every failure that is a bug: the caller only gets "internal". */
  onBug: (error: unknown) => void;
}

/**
 * Everything that a host serves, as one function: the contract (`/rpc` for clients of oRPC, `/api` for scripts with
 * `/openapi.json`), files by their id (`/media`), and the window. A host connects it to its transport, and keeps out
 * who may not ask.
 */
export function createHandler(options: HandlerOptions): Handler {
  const parts = partsOf(options);
  return async (request) => {
    const { pathname } = new URL(request.url);
    try {
      const part = `/${pathname.split('/', 2)[1]}`;
      const answer = Object.hasOwn(parts, part) ? parts[part as keyof typeof parts] : parts['/'];
      return await (
        await answer()
      )(request);
    } catch (error) {
      if (error instanceof AppError) return failure(error, { pathname });
      options.onBug(error);
      return failure(internal(), { pathname });
    }
  };
}

/** By the first segment of an address. Loaded when first asked for, so that a host answers at once. */
function partsOf({ library, web, onBug }: HandlerOptions) {
  const rpc = once(async () => (await import('./contract-handlers.ts')).rpcHandler({ library, onBug }));
  const api = once(async () => (await import('./contract-handlers.ts')).apiHandler({ library, onBug }));
  const openapi = once(async () => (await import('./openapi.ts')).openapiHandler());
  const media = once(async () => (await import('./media.ts')).mediaHandler(library));
  const page = once(async () => pageHandler(web));
  return { '/rpc': rpc, '/api': api, '/openapi.json': openapi, '/media': media, '/': page };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

function pageHandler(web: string | null): Handler {
  if (web === null) {
    return async () => {
      throw new AppError('not_found', "The window isn't built here; /rpc, /api and /openapi.json answer.", {
        hint: 'Run "npm run build" and start again.',
      });
    };
  }
  const files = staticFiles(web);
  return async (request) => {
    const response = await files(request);
    if (response.status === 405) {
      const error = new AppError('usage', `${request.method} can't be used here: pages are only read.`);
      return failure(error, { status: 405, headers: { allow: 'GET, HEAD' } });
    }
    if (response.status === 404) throw new AppError('not_found', 'There is nothing at this address.');
    return response;
  };
}
