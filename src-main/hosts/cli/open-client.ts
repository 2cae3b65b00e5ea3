import { inProcess, type Client } from '../../app/in-process.ts';
import { openLibrary } from '../../app/library.ts';

export interface OpenedClient {
  client: Client;
  close: () => Promise<void>;
}

/** The library as this command uses it. @throws AppError conflict, bad_file, disk_full */
export async function openClient(): Promise<OpenedClient> {
  const library = await openLibrary({ host: 'cli' });
  return { client: inProcess(library), close: () => library.close() };
}
