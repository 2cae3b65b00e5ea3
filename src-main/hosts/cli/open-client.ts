import { inProcess } from '../../app/in-process.ts';
import type { Client } from '../../app/in-process.ts';
import { openLibrary } from '../../app/library.ts';
import type { CommandContext } from './command.ts';

export interface OpenedClient {
  client: Client;
  close(): Promise<void>;
}

/** The library as a command sees it. */
export async function openClient({ signal }: Pick<CommandContext, 'signal'>): Promise<OpenedClient> {
  signal.throwIfAborted();
  const library = await openLibrary({ host: 'cli' });
  return { client: inProcess(library), close: () => library.close() };
}
