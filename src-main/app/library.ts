import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import type { SystemStatus } from '../../src-shared/contract/system.ts';
import { openDatabase } from '../database/open.ts';
import type { Database } from '../database/open.ts';
import { createCatalog } from '../services/catalog/service.ts';
import type { Catalog } from '../services/catalog/service.ts';
import { createCheckpoints, inspectInWorker } from '../services/checkpoints/service.ts';
import type { Checkpoints } from '../services/checkpoints/service.ts';
import { createDownloads, fetchArchive } from '../services/downloads/service.ts';
import type { Downloads } from '../services/downloads/service.ts';
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
import { createMemory } from '../services/memory/service.ts';
import type { Memory } from '../services/memory/service.ts';
import { createNetwork } from '../services/network/service.ts';
import type { Network } from '../services/network/service.ts';
import { createSettings } from '../services/settings/service.ts';
import type { SettingsService } from '../services/settings/service.ts';
import { createWeights } from '../services/weights/service.ts';
import type { Weights } from '../services/weights/service.ts';
import type { Desktop } from './desktop.ts';
import { inferencePlace } from './inference-place.ts';
import { networkFetch } from './network-fetch.ts';
import { resolveFromCatalog } from './resolve-from-catalog.ts';
import { workerSetup } from './worker-setup.ts';
import { createRuns } from '../services/runs/service.ts';
import type { Runs } from '../services/runs/service.ts';
import { createDeviceBroker } from '../workers/device-broker.ts';
import type { DeviceBroker } from '../workers/device-broker.ts';
import { devices, trainingNeeds } from './training.ts';
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
  readonly catalog: Catalog;
  readonly settings: SettingsService;
  readonly network: Network;
  readonly checkpoints: Checkpoints;
  readonly weights: Weights;
  readonly downloads: Downloads;
  readonly memory: Memory;
  /** Who may compute where: training, evaluation and prediction ask it. */
  readonly broker: DeviceBroker;
  readonly runs: Runs;
  readonly predict: Predict;
  readonly uploads: Uploads;
  /** The host's desktop; null in a browser and on the command line. */
  readonly desktop: Desktop | null;
  close(): Promise<void>;
}

export interface OpenLibraryOptions {
  host: SystemStatus['host'];
  /** The library's folder. */
  home?: string;
  desktop?: Desktop;
  /** Told of what fails behind a call and is a bug. */
  onBug?: (error: unknown) => void;
}

/**
 * Opens the library and composes its services. A host that stays (not the command line) must hold the library's lock
 * already: it takes over the trainings that are there, and the queue.
 * @throws AppError conflict, bad_file, disk_full
 */
export async function openLibrary(options: OpenLibraryOptions): Promise<Library> {
  const { host, home, onBug = reportBug } = options;
  const paths = libraryPaths(home);
  const database = openDatabase(paths.database);
  const versions = { vitrine: packageJson.version, node: process.versions.node };
  const events = createEvents();
  const tasks = createTasks(onBug);
  const settings = createSettings({ database, events });
  const network = createNetwork({ database, events, settings });
  const catalog = createCatalog({ database, events, fetch: networkFetch(network, "AugReg's index") });
  const folder = paths.checkpoints;
  const checkpoints = createCheckpoints({ database, events, folder, inspect: inspectInWorker() });
  const weights = createWeights({ checkpoints, folder: join(paths.cache, 'weights') });
  const memory = createMemory({ database, checkpoints, setup: () => workerSetup(settings.current().threads) });
  const downloads = createDownloads({
    ...{ database, events, settings, network, checkpoints, folder },
    resolve: resolveFromCatalog(catalog),
    // A command does what it was asked for, and not what waits in the queue besides.
    autoStart: host !== 'cli',
  });
  const broker = createDeviceBroker(await devices(host));
  const runs = createRuns({
    ...{ database, events, paths, host, broker },
    ...trainingNeeds(paths.home),
    memory,
    datasetName: (root) => datasets.nameAt(root),
    inspect: (path, signal) => checkpoints.inspect(path, signal),
  });
  if (host !== 'cli') runs.supervise();
  const uploads = createUploads({ database, folder: paths.uploads });
  const datasets = createDatasets({
    ...{ database, events, tasks, paths },
    fetchArchive: (file, path, { signal, onProgress }) =>
      fetchArchive(file, path, {
        ...{ network, settings, signal },
        onProgress: (bytes, total) => onProgress(bytes, total ?? file.size),
      }),
  });
  const place = inferencePlace({ broker, memory });
  const evaluations = createEvaluations({ database, datasets, events, tasks, paths, versions, place });
  const predict = createPredict({ uploads, home: paths.home, place });
  return {
    host,
    startedAt: new Date(),
    paths,
    database,
    sqliteVersion: database.prepare('SELECT sqlite_version()').pluck().get() as string,
    events,
    catalog,
    settings,
    network,
    checkpoints,
    weights,
    downloads,
    memory,
    broker,
    runs,
    datasets,
    engine: createEngineService((request) => network.record(request)),
    evaluations,
    predict,
    uploads,
    desktop: options.desktop ?? null,
    async close() {
      events.close();
      predict.close();
      runs.close();
      await tasks.close();
      await downloads.close();
      network.close();
      database.close();
    },
  };
}

function reportBug(error: unknown): void {
  process.stderr.write(
    `vitrine: this is a bug in Vitrine, please report it.\n${String((error as Error).stack ?? error)}\n`,
  );
}
