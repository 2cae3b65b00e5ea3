import type {
  Annotation,
  BestOfModel,
  CatalogDetail,
  CatalogFilter,
  CatalogGaps,
  CatalogResult,
  CatalogSearch,
  Figure3,
  ImportReport,
  Lineage,
  Recommendation,
  SavedView,
  Table3,
} from '../../../src-shared/contract/catalog.ts';
import type { CatalogCheckpoint } from '../../../src-shared/contract/catalog-rows.ts';
import type { Database } from '../../database/open.ts';
import type { Events } from '../events/service.ts';
import { openAnnotations } from './annotations.ts';
import type { AnnotationChange } from './annotations.ts';
import { openBest } from './best.ts';
import { openDetails } from './details.ts';
import { toCsv } from './export-csv.ts';
import { gapsOf } from './gaps.ts';
import { importIndex } from './import-index.ts';
import { openSource } from './open-source.ts';
import type { Fetch } from './open-source.ts';
import { readOverlay } from './overlay.ts';
import { parseIndex } from './parse-index.ts';
import { placeOfName, readModel } from './read-model.ts';
import { recommend } from './recommend.ts';
import type { RecommendInput } from './recommend.ts';
import { openCompareTray, openSavedViews } from './saved.ts';
import { matching, matchingLineages, rowAt, search } from './search.ts';
import type { Searched } from './search.ts';
import { seedCatalog } from './seed.ts';
import { bestPerModel, figure3, table3 } from './tables.ts';
import type { Tabled } from './tables.ts';
import { openTextSearch } from './text-search.ts';

/** All published checkpoints: AugReg's by the grammar of their names or by an imported index, and the other releases. */
export interface Catalog {
  /** @throws AppError usage for a cursor of another search */
  search(input: CatalogSearch): CatalogResult;
  /** Pre-trainings of the checkpoints that match. */
  lineages(filter: CatalogFilter): Lineage[];
  /** @throws AppError not_found */
  show(name: string): CatalogDetail;
  /** The fine-tunings of the same pre-training, this one among them. @throws AppError not_found */
  siblings(name: string): CatalogCheckpoint[];
  /** @throws AppError not_found */
  recommend(input: RecommendInput): Recommendation;
  bestPerModel(input: { adaptDs: string; ds?: string | undefined }): BestOfModel[];
  table3(): Table3;
  figure3(input: { adaptDs: string; ds: string }): Figure3;
  gaps(): CatalogGaps;
  /**
   * Reads an index.csv by path or address over the collection augreg, whole or not at all.
   * @throws AppError not_found, bad_file, usage; the catalog is then as it was
   */
  importIndex(source: string, signal?: AbortSignal): Promise<ImportReport>;
  exportCsv(input: CatalogFilter & Pick<CatalogSearch, 'sort'>, columns: 'all' | 'index'): Generator<string>;
  annotations(): Annotation[];
  annotate(change: AnnotationChange): Annotation;
  comparing(): string[];
  compare(names: readonly string[]): string[];
  views(): SavedView[];
  saveView(view: SavedView): SavedView;
  /** @throws AppError not_found */
  deleteView(name: string): void;
}

export interface CatalogOptions {
  database: Database;
  events: Events;
  /** Makes the requests of an import by address; without it files alone are read. */
  fetch?: Fetch | undefined;
}

/** A library is filled at the first question, so that those who never ask don't wait for it. */
export function createCatalog({ database, events, fetch }: CatalogOptions): Catalog {
  const annotations = openAnnotations(database);
  const tray = openCompareTray(database);
  const views = openSavedViews(database);
  const details = openDetails(database, annotations);
  const best = openBest(database);
  const text = openTextSearch(database);
  const state = database.prepare('SELECT revision, index_sha256 FROM catalog_state').raw();
  const version = database.prepare('PRAGMA data_version').pluck();
  const dataVersion = (): number => version.get() as number;

  let seeded = false;
  let searched: Searched | undefined;
  /** SQLite's count of what other connections have committed, at the last look. */
  let seenVersion = -1;

  const stateNow = (): { revision: number; imported: boolean } => {
    if (!seeded && seedCatalog(database)) events.publish({ topic: 'catalog', revision: revision() });
    seeded = true;
    const [, sha256] = state.get() as [number, string | null];
    return { revision: revision(), imported: sha256 !== null };
  };
  const revision = (): number => (state.get() as [number, string | null])[0];

  /** The read model as the database is now. */
  const current = (): Searched => {
    const now = stateNow().revision;
    if (searched?.model.revision !== now) {
      const model = readModel(database, now);
      searched = {
        model,
        overlay: readOverlay(database, model),
        text,
        orders: new Map(),
        room: new Uint32Array(model.names.length),
      };
    } else if (seenVersion !== dataVersion()) {
      searched = { ...searched, overlay: readOverlay(database, searched.model) };
    }
    seenVersion = dataVersion();
    return searched;
  };
  const row = (name: string): CatalogCheckpoint | null => {
    const { model, overlay } = current();
    const place = placeOfName(model, name);
    return place < 0 ? null : rowAt(model, overlay, place);
  };
  const tabled = (): Tabled => {
    const { imported } = stateNow();
    return { database, best, imported, row, pretraining: details.pretraining };
  };
  /** After a change of annotations or the tray. */
  const changed = (names: readonly string[]): void => {
    if (searched) searched = { ...searched, overlay: readOverlay(database, searched.model) };
    events.publish({ topic: 'annotations', names: [...names] });
  };

  return {
    search: (input) => search(current(), input),
    lineages: (filter) =>
      matchingLineages(current(), filter).map(({ name, matching }) => ({
        pretraining: details.pretraining(name)!,
        matching,
      })),
    show: (name) => {
      stateNow();
      return details.show(name, row);
    },
    siblings(name) {
      stateNow();
      return details.finetunesOf(details.pretrainingOf(name)).map((sibling) => row(sibling)!);
    },
    recommend: (input) => recommend({ best, imported: stateNow().imported, row }, input),
    bestPerModel: ({ adaptDs, ds }) => bestPerModel(tabled(), { adaptDs, ds: ds ?? null }),
    table3: () => table3(tabled()),
    figure3: (input) => figure3(tabled(), input),
    gaps() {
      stateNow();
      return gapsOf(database);
    },
    async importIndex(source, signal) {
      const started = performance.now();
      stateNow();
      const { pieces, sha256 } = await openSource(source, { fetch, signal });
      const rows = await parseIndex(pieces, source);
      signal?.throwIfAborted();
      const report = importIndex(database, { source, sha256: sha256(), rows });
      events.publish({ topic: 'catalog', revision: revision() });
      return { ...report, seconds: (performance.now() - started) / 1000 };
    },
    exportCsv(input, columns) {
      const from = current();
      const notes = new Map(annotations.list().map(({ name, note }) => [name, note]));
      function* rows() {
        for (const place of matching(from, input)) {
          const checkpoint = rowAt(from.model, from.overlay, place);
          yield { row: checkpoint, note: notes.get(checkpoint.name) ?? '' };
        }
      }
      return toCsv(rows(), columns);
    },
    annotations() {
      stateNow();
      return annotations.list();
    },
    annotate(change) {
      stateNow();
      const annotation = annotations.change(change);
      changed([change.name]);
      return annotation;
    },
    comparing: () => tray.get(),
    compare(names) {
      const before = tray.get();
      const now = tray.set(names);
      changed([...new Set([...before, ...now])]);
      return now;
    },
    views: () => views.list(),
    saveView(view) {
      const saved = views.save(view);
      changed([]);
      return saved;
    },
    deleteView(name) {
      views.delete(name);
      changed([]);
    },
  };
}
