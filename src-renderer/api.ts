import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from '../src-shared/contract/contract.ts';

/** Main as the window sees it: every service of the contract, and nothing else. */
export type Api = ContractRouterClient<typeof contract>;

/** The one place where a client is made. Same-origin: whoever serves the page answers its calls. */
export function createApi(page: string = location.href): Api {
  return createORPCClient(new RPCLink({ url: new URL('/rpc', page).href }));
}
