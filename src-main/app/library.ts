import packageJson from '../../package.json' with { type: 'json' };
import type { SystemStatus } from '../../src-shared/contract/system.ts';
import { openDatabase } from '../database/open.ts';
import type { Database } from '../database/open.ts';
import { createDatasets } from '../services/datasets/service.ts';
import type { Datasets } from '../services/datasets/service.ts';
import { createEngineService } from '../services/engine/service.ts';
import type { EngineService } from '../services/engine/service.ts';
import { createEvaluations } from '../services/evaluations/service.ts';
import type { Evaluations } from '../services/evaluations/service.ts';
import { createEvents } from '../services/events/service.ts';
import type { Events } from '../services/events/service.ts';
import { libraryPaths } from '../services/library/service.ts';
import type { LibraryPaths } from '../services/library/service.ts';
import { createPredict } from '../services/predict/service.ts';
import type { Predict } from '../services/predict/service.ts';
import { createTasks } from '../services/tasks/service.ts';
import { createUploads } from '../services/uploads/service.ts';
import type { Uploads } from '../services/uploads/service.ts';

/** The library with every service over it: what a host puts behind its transport. One a process. */
export interface Library {
  readonly host: SystemStatus['host'];
  readonly startedAt: Date;
  readonly paths: LibraryPaths;
  readonly database: Database;
  readonly sqliteVersion: string;
  readonly datasets: Datasets;
  readonly engine: EngineService;
  readonly evaluations: Evaluations;
  readonly events: Events;
  readonly predict: Predict;
  readonly uploads: Uploads;
  close(): Promise<void>;
}

export interface OpenLibraryOptions {
  host: SystemStatus['host'];
  /** The library's folder. */
  home?: string;
  /** Told of what fails behind a call and is a bug. */
  onBug?: (error: unknown) => void;
}

/** Opens the library and composes its services. @throws AppError conflict, bad_file, disk_full */
export async function openLibrary({ host, home, onBug = reportBug }: OpenLibraryOptions): Promise<Library> {
  const paths = libraryPaths(home);
  const database = openDatabase(paths.database);
  const versions = { vitrine: packageJson.version, node: process.versions.node };
  const events = createEvents();
  const tasks = createTasks(onBug);
  const uploads = createUploads({ database, folder: paths.uploads });
  const datasets = createDatasets({ database, events, tasks, paths });
  const evaluations = createEvaluations({ database, datasets, events, tasks, paths, versions });
  const predict = createPredict({ uploads, home: paths.home });
  return {
    host,
    startedAt: new Date(),
    paths,
    database,
    sqliteVersion: database.prepare('SELECT sqlite_version()').pluck().get() as string,
    datasets,
    engine: createEngineService(),
    evaluations,
    events,
    predict,
    uploads,
    async close() {
      events.close();
      predict.close();
      await tasks.close();
      database.close();
    },
  };
}

function reportBug(error: unknown): void {
  process.stderr.write(
    `vitrine: this is a bug in Vitrine, please report it.\n${String((error as Error).stack ?? error)}\n`,
  );
}
