import type { SystemStatus } from '../../src-shared/contract/system.ts';
import { openDatabase } from '../database/open.ts';
import type { Database } from '../database/open.ts';
import { createCatalog } from '../services/catalog/service.ts';
import type { Catalog } from '../services/catalog/service.ts';
import { createCheckpoints, inspectInWorker } from '../services/checkpoints/service.ts';
import type { Checkpoints } from '../services/checkpoints/service.ts';
import { createDownloads } from '../services/downloads/service.ts';
import type { Downloads } from '../services/downloads/service.ts';
import { createEvents } from '../services/events/service.ts';
import type { Events } from '../services/events/service.ts';
import { libraryPaths } from '../services/library/service.ts';
import type { LibraryPaths } from '../services/library/service.ts';
import { createMemory } from '../services/memory/service.ts';
import type { Memory } from '../services/memory/service.ts';
import { createNetwork } from '../services/network/service.ts';
import type { Network } from '../services/network/service.ts';
import { createSettings } from '../services/settings/service.ts';
import type { SettingsService } from '../services/settings/service.ts';
import { workerSetup } from './worker-setup.ts';

/** The library with every service over it: what a host puts behind its transport. One a process. */
export interface Library {
  readonly host: SystemStatus['host'];
  readonly startedAt: Date;
  readonly paths: LibraryPaths;
  readonly database: Database;
  readonly sqliteVersion: string;
  readonly events: Events;
  readonly catalog: Catalog;
  readonly settings: SettingsService;
  readonly network: Network;
  readonly checkpoints: Checkpoints;
  readonly downloads: Downloads;
  readonly memory: Memory;
  close(): Promise<void>;
}

export interface OpenLibraryOptions {
  host: SystemStatus['host'];
  /** The library's folder. */
  home?: string;
}

/** Opens the library and composes its services. @throws AppError conflict, bad_file, disk_full */
export async function openLibrary({ host, home }: OpenLibraryOptions): Promise<Library> {
  const paths = libraryPaths(home);
  const database = openDatabase(paths.database);
  const events = createEvents();
  const settings = createSettings({ database, events });
  const network = createNetwork({ database, events, settings });
  const folder = paths.checkpoints;
  const checkpoints = createCheckpoints({ database, events, folder, inspect: inspectInWorker() });
  const memory = createMemory({ database, checkpoints, setup: () => workerSetup(settings.current().threads) });
  const downloads = createDownloads({
    ...{ database, events, settings, network, checkpoints, folder },
    // A command does what it was asked for, and not what waits in the queue besides.
    autoStart: host !== 'cli',
  });
  return {
    host,
    startedAt: new Date(),
    paths,
    database,
    sqliteVersion: database.prepare('SELECT sqlite_version()').pluck().get() as string,
    events,
    catalog: createCatalog({ database, events }),
    settings,
    network,
    checkpoints,
    downloads,
    memory,
    async close() {
      await downloads.close();
      network.close();
      database.close();
    },
  };
}
