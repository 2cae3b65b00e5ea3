import type { ContractRouterClient } from '@orpc/contract';
import { createRouterClient } from '@orpc/server';
import type { contract } from '../../src-shared/contract/contract.ts';
import { withAppErrors } from './app-errors.ts';
import type { Library } from './library.ts';
import { router } from './router.ts';

/** Main as its callers see it, whichever way they reach it. */
export type Client = ContractRouterClient<typeof contract>;

/** The contract without a transport: the same procedures and checks, in this process. */
export function inProcess(library: Library): Client {
  return createRouterClient(router, {
    context: { library },
    interceptors: [(options) => withAppErrors(() => options.next())],
  });
}
