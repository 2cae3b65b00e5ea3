import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../database/open.ts';
import type { Database } from '../../database/open.ts';
import { createEvents } from '../events/service.ts';
import type { Events } from '../events/service.ts';
import type { Fetch } from './open-source.ts';
import { createCatalog } from './service.ts';
import type { Catalog } from './service.ts';

/** A catalog in a library of its own. */
export interface TestCatalog {
  folder: string;
  database: Database;
  events: Events;
  catalog: Catalog;
  /** Writes a file into the folder. @returns its path */
  file(name: string, content: string | Uint8Array): string;
  close(): void;
}

export function openTestCatalog(fetch?: Fetch): TestCatalog {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-catalog-'));
  const database = openDatabase(join(folder, 'library.db'));
  const events = createEvents();
  return {
    folder,
    database,
    events,
    catalog: createCatalog({ database, events, fetch }),
    file(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    close() {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
