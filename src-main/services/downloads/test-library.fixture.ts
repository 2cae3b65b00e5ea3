import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Download } from '../../../src-shared/contract/downloads.ts';
import type { LibraryEvent } from '../../../src-shared/contract/events.ts';
import { openDatabase, type Database } from '../../database/open.ts';
import { createCheckpoints, inspectInWorker, type Checkpoints } from '../checkpoints/service.ts';
import { createEvents } from '../events/service.ts';
import { createNetwork, type Network } from '../network/service.ts';
import { createSettings, type SettingsService } from '../settings/service.ts';
import { createDownloads, type Downloads, type DownloadsOptions, type Source } from './service.ts';

/** Everything that a download needs, over a folder. */
export interface TestLibrary {
  home: string;
  folder: string;
  database: Database;
  settings: SettingsService;
  network: Network;
  checkpoints: Checkpoints;
  downloads: Downloads;
  /** Events so far. */
  events: LibraryEvent[];
  /** Makes a name known. */
  publish(name: string, sources: Source[]): void;
  /** Waits until a download is as asked. */
  until(id: number, isSo: (download: Download) => boolean): Promise<Download>;
  /** Adds and waits for its end. */
  fetch(what: string): Promise<Download>;
  close(): Promise<void>;
}

/** Short enough for tests: what waits for a minute in the product waits for a fraction of a second. */
const PATIENCE = { connectMs: 400, stallMs: 300, slowMs: 400, slowestBytesPerSecond: 1000 };
const BACKOFF = { firstMs: 5, longestMs: 40, tries: 4 };

export function openTestLibrary(options: Partial<DownloadsOptions> & { home?: string } = {}): TestLibrary {
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'vitrine-downloads-'));
  const folder = options.folder ?? join(home, 'checkpoints');
  const database = openDatabase(join(home, 'library.db'));
  const events = createEvents();
  const seen: LibraryEvent[] = [];
  const publish = (event: LibraryEvent): void => {
    seen.push(event);
    events.publish(event);
  };
  const recorded = { ...events, publish };
  const settings = createSettings({ database, events: recorded });
  const network = createNetwork({ database, events: recorded, settings, patience: PATIENCE });
  const checkpoints = createCheckpoints({ database, events: recorded, folder, inspect: inspectInWorker() });
  const names = new Map<string, Source[]>();
  const downloads = createDownloads({
    ...{ database, events: recorded, settings, network, checkpoints, folder },
    resolve: (name) => ({ file: `test/${name}`, sources: names.get(name)! }),
    autoStart: true,
    backoff: BACKOFF,
    ...options,
  });
  const library: TestLibrary = {
    ...{ home, folder, database, settings, network, checkpoints, downloads, events: seen },
    publish: (name, sources) => void names.set(name, sources),
    async until(id, isSo) {
      for (;;) {
        const download = downloads.list().find((one) => one.id === id);
        if (!download) throw new Error(`download ${id} is gone`);
        if (isSo(download)) return download;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    fetch: (what) => library.until(downloads.add(what).id, ({ state }) => state === 'done' || state === 'failed'),
    async close() {
      await downloads.close();
      network.close();
      database.close();
      if (options.home === undefined) rmSync(home, { recursive: true, force: true });
    },
  };
  return library;
}
