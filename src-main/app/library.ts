import type { SystemStatus } from '../../src-shared/contract/system.ts';
import { openDatabase } from '../database/open.ts';
import type { Database } from '../database/open.ts';
import { createEvents } from '../services/events/service.ts';
import type { Events } from '../services/events/service.ts';
import { libraryPaths } from '../services/library/service.ts';
import type { LibraryPaths } from '../services/library/service.ts';
import { createRuns } from '../services/runs/service.ts';
import type { Runs } from '../services/runs/service.ts';
import { createDeviceBroker } from '../workers/device-broker.ts';
import type { DeviceBroker } from '../workers/device-broker.ts';
import type { StartWorker } from '../workers/worker-process.ts';
import { devices, trainingNeeds } from './training.ts';

/** The library with every service over it: what a host puts behind its transport. One a process. */
export interface Library {
  readonly host: SystemStatus['host'];
  readonly startedAt: Date;
  readonly paths: LibraryPaths;
  readonly database: Database;
  readonly sqliteVersion: string;
  readonly events: Events;
  /** Who may compute where: training, evaluation and prediction ask it. */
  readonly broker: DeviceBroker;
  readonly runs: Runs;
  close(): Promise<void>;
}

export interface OpenLibraryOptions {
  host: SystemStatus['host'];
  /** The library's folder. */
  home?: string;
  /** How this host makes worker processes; by fork, where not given. */
  startWorker?: StartWorker;
}

/**
 * Opens the library and composes its services. A host that stays (not the command line) must hold the library's lock
 * already: it takes over the trainings that are there, and the queue.
 * @throws AppError conflict, bad_file, disk_full
 */
export async function openLibrary({ host, home, startWorker }: OpenLibraryOptions): Promise<Library> {
  const paths = libraryPaths(home);
  const database = openDatabase(paths.database);
  const events = createEvents();
  const broker = createDeviceBroker(await devices(host));
  const runs = createRuns({
    database,
    events,
    paths,
    host,
    broker,
    ...trainingNeeds(paths.home),
    ...(startWorker ? { start: startWorker } : {}),
  });
  if (host !== 'cli') runs.supervise();
  return {
    host,
    startedAt: new Date(),
    paths,
    database,
    sqliteVersion: database.prepare('SELECT sqlite_version()').pluck().get() as string,
    events,
    broker,
    runs,
    async close() {
      runs.close();
      database.close();
    },
  };
}
