import { setTimeout } from 'node:timers/promises';
import { AppError } from '../../../src-shared/errors.ts';
import type { Client } from '../../app/in-process.ts';
import { holderOf } from '../../services/library/lock.ts';
import type { Holder } from '../../services/library/lock.ts';
import { libraryPaths } from '../../services/library/service.ts';
import type { CommandContext } from './command.ts';

export interface OpenedClient {
  /** Fails with AppErrors, whichever way it goes. */
  client: Client;
  /** What answers: a host that holds the library, or this process. */
  through: Holder | 'in-process';
  close: () => Promise<void>;
}

/** How long a host that has just begun may take until it listens, ms. */
const STARTING_MS = 10_000;

/**
 * The contract for a command: through the host that holds the library, in this process where none does.
 * @throws AppError as opening the library does; conflict where the holder can't be reached from here
 */
export async function openClient({ signal }: Pick<CommandContext, 'signal'>): Promise<OpenedClient> {
  const paths = libraryPaths();
  const holder = await listeningHolder(paths.lock, signal);
  if (holder) {
    const { remoteClient } = await import('../../app/remote-client.ts');
    return { client: remoteClient(holder), through: holder, close: async () => {} };
  }
  const [{ inProcess }, { openLibrary }] = await Promise.all([
    import('../../app/in-process.ts'),
    import('../../app/library.ts'),
  ]);
  const library = await openLibrary({ host: 'cli', home: paths.home });
  return { client: inProcess(library), through: 'in-process', close: () => library.close() };
}

/** @throws AppError conflict */
async function listeningHolder(lock: string, signal: AbortSignal): Promise<(Holder & Reached) | null> {
  const patience = performance.now() + STARTING_MS;
  for (;;) {
    const holder = holderOf(lock);
    if (holder === null) return null;
    if (holder.address !== null && holder.token !== null)
      return { ...holder, address: holder.address, token: holder.token };
    if (performance.now() > patience) {
      throw new AppError('conflict', `Process ${holder.pid} holds the library and doesn't listen yet.`, {
        hint: 'Try again in a moment, or stop it.',
      });
    }
    await setTimeout(50, undefined, { signal }).catch(() => {
      throw new AppError('interrupted', 'Interrupted.');
    });
  }
}

interface Reached {
  address: string;
  token: string;
}
