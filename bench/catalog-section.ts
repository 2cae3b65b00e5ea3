import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHandler } from '../src-main/app/http/handler.ts';
import { serveOverHttp } from '../src-main/app/http/server.ts';
import { openLibrary } from '../src-main/app/library.ts';
import { remoteClient } from '../src-main/app/remote-client.ts';
import { openDatabase } from '../src-main/database/open.ts';
import { asIndexCsv, generatedRows } from '../src-main/services/catalog/generated-index.fixture.ts';
import { randomSearches } from '../src-main/services/catalog/random-search.fixture.ts';
import { readModel } from '../src-main/services/catalog/read-model.ts';
import { searchBySql } from '../src-main/services/catalog/search-sql.fixture.ts';
import { createCatalog } from '../src-main/services/catalog/service.ts';
import type { CatalogSearch } from '../src-shared/contract/catalog.ts';
import { createEvents } from '../src-main/services/events/service.ts';
import type { Figure } from './figures.ts';
import { median, quantile } from './measure.ts';

const SEARCHES = 200;
/** SQL takes long: fewer. */
const SQL_SEARCHES = 20;

/** The catalog at the real index's size, generated: filling a library, importing, building the read model, 200 searches. */
export async function catalogFigures(rounds: number, say: (line: string) => void): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-bench-catalog-'));
  try {
    const index = join(folder, 'index.csv');
    writeFileSync(index, asIndexCsv(generatedRows()));
    const seeding: number[] = [];
    const importing: number[] = [];
    const building: number[] = [];
    say(`filling and importing, ${rounds} times`);
    for (let round = 0; round < rounds; round++) {
      const database = openDatabase(join(folder, `library-${round}.db`));
      const catalog = createCatalog({ database, events: createEvents() });
      seeding.push(await milliseconds(() => catalog.gaps()));
      importing.push(await milliseconds(() => catalog.importIndex(index)));
      building.push(await milliseconds(() => readModel(database, 0)));
      database.close();
    }
    const database = openDatabase(join(folder, 'library-0.db'));
    const catalog = createCatalog({ database, events: createEvents() });
    const model = readModel(database, 0);
    say(`${SEARCHES} searches`);
    for (const input of randomSearches(model, SEARCHES, 1)) catalog.search(input); // compiles what is hot
    const searching: number[] = [];
    for (const input of randomSearches(model, SEARCHES)) {
      searching.push(await milliseconds(() => catalog.search(input)));
    }
    const bySql: number[] = [];
    for (const input of randomSearches(model, SQL_SEARCHES)) {
      bySql.push(await milliseconds(() => searchBySql(database, input)));
    }
    database.close();
    say('the same over HTTP');
    const overHttp = await searchesOverHttp(join(folder, 'home'), index, randomSearches(model, SEARCHES));
    return [
      { what: 'catalog: filling a fresh library', value: median(seeding), unit: 'ms', atMost: 1500 },
      { what: 'catalog: importing 51,509 rows', value: median(importing), unit: 'ms', atMost: 1500 },
      { what: 'catalog: building the read model', value: median(building), unit: 'ms', atMost: 1000 },
      { what: `catalog: ${SEARCHES} random searches, p50`, value: quantile(searching, 0.5), unit: 'ms' },
      { what: `catalog: ${SEARCHES} random searches, p95`, value: quantile(searching, 0.95), unit: 'ms', atMost: 10 },
      { what: `catalog: ${SEARCHES} random searches, p99`, value: quantile(searching, 0.99), unit: 'ms' },
      {
        what: `catalog: ${SEARCHES} of them over HTTP, p95`,
        value: quantile(overHttp, 0.95),
        unit: 'ms',
        atMost: 25,
      },
      { what: `catalog: ${SQL_SEARCHES} of them in SQL, p50`, value: quantile(bySql, 0.5), unit: 'ms' },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A served library of its own, asked by the window's own client over a real socket. */
async function searchesOverHttp(home: string, index: string, inputs: Iterable<CatalogSearch>): Promise<number[]> {
  const onBug = (error: unknown): never => {
    throw error;
  };
  const library = await openLibrary({ host: 'serve', home, onBug });
  const token = 'bench';
  const handler = createHandler({ library, web: null, onBug });
  const served = await serveOverHttp({ handler, host: '127.0.0.1', port: 0, token, onBug });
  try {
    await library.catalog.importIndex(index);
    const client = remoteClient({ address: served.address, token });
    await client.catalog.search({});
    const times: number[] = [];
    for (const input of inputs) times.push(await milliseconds(() => client.catalog.search(input)));
    return times;
  } finally {
    library.events.close();
    await served.close(1000);
    await library.close();
  }
}

async function milliseconds(run: () => unknown): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}
