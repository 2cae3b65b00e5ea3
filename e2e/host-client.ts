import { remoteClient } from '../src-main/app/remote-client.ts';
import type { Client } from '../src-main/app/in-process.ts';
import { holderOf } from '../src-main/services/library/lock.ts';
import { libraryPaths } from '../src-main/services/library/service.ts';

/** The contract of the host that holds a library, as the command line finds it: what the window shows must agree. */
export function hostClient(home: string): Client {
  const holder = holderOf(libraryPaths(home).lock);
  if (!holder?.address || holder.token === null) throw new Error('No host holds the library.');
  return remoteClient({ address: holder.address, token: holder.token });
}

/** Ends what computes: a worker outlives its host. */
export async function stopAllRuns(client: Client): Promise<void> {
  for (const { id, state } of (await client.runs.list({})).runs)
    if (['queued', 'preparing', 'running', 'pausing'].includes(state)) await client.runs.stop({ id, keep: false });
}
