import type { SystemStatus } from '../../src-shared/contract/system.ts';
import { openDatabase } from '../database/open.ts';
import type { Database } from '../database/open.ts';
import { createCatalog } from '../services/catalog/service.ts';
import type { Catalog } from '../services/catalog/service.ts';
import { createEvents } from '../services/events/service.ts';
import type { Events } from '../services/events/service.ts';
import { libraryPaths } from '../services/library/service.ts';
import type { LibraryPaths } from '../services/library/service.ts';

/** The library with every service over it: what a host puts behind its transport. One a process. */
export interface Library {
  readonly host: SystemStatus['host'];
  readonly startedAt: Date;
  readonly paths: LibraryPaths;
  readonly database: Database;
  readonly sqliteVersion: string;
  readonly events: Events;
  readonly catalog: Catalog;
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
  return {
    host,
    startedAt: new Date(),
    paths,
    database,
    sqliteVersion: database.prepare('SELECT sqlite_version()').pluck().get() as string,
    events,
    catalog: createCatalog({ database, events }),
    async close() {
      database.close();
    },
  };
}
