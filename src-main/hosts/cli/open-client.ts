import { createRouterClient } from '@orpc/server';
import { asAppError } from '../../app/in-process.ts';
import type { Client } from '../../app/in-process.ts';
import { openLibrary } from '../../app/library.ts';
import { router } from '../../app/router.ts';
import type { CommandContext } from './command.ts';

export interface OpenedClient {
  /** Fails with AppErrors. */
  client: Client;
  close(): Promise<void>;
}

/** The library as a command sees it. */
export async function openClient({ signal }: Pick<CommandContext, 'signal'>): Promise<OpenedClient> {
  signal.throwIfAborted();
  const library = await openLibrary({ host: 'cli' });
  const client = createRouterClient(router, {
    context: { library },
    interceptors: [
      async (options) => {
        try {
          return await options.next();
        } catch (error) {
          throw asAppError(error);
        }
      },
    ],
  });
  return { client, close: () => library.close() };
}
