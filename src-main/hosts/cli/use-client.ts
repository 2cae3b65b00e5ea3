import type { Client } from '../../app/in-process.ts';
import type { CommandContext } from './command.ts';
import { openClient } from './open-client.ts';

/** Opens the library for as long as `act` takes. @throws AppError, as the other side threw it */
export async function useClient<T>(
  context: Pick<CommandContext, 'signal'>,
  act: (client: Client) => Promise<T>,
): Promise<T> {
  const { client, close } = await openClient(context);
  try {
    return await act(client);
  } finally {
    await close();
  }
}
