import { AUGREG_FIGURES } from '../../../src-shared/models/collections/augreg-figures.ts';
import { AUGREG_AT_TIMM } from '../../../src-shared/models/collections/augreg-timm.ts';
import { RELEASES } from '../../../src-shared/models/collections/registry.ts';
import { COLLECTIONS } from '../../../src-shared/models/collections/release.ts';
import type { Mirror, PublishedFigure, Release } from '../../../src-shared/models/collections/release.ts';
import { AUGREG_AT_TF_HUB, tfHubMirror } from '../../../src-shared/models/collections/tf-hub.ts';
import type { Database } from '../../database/open.ts';
import { seedAugreg } from './seed-augreg.ts';
import { openTexts, pretrainingText } from './texts.ts';
import type { Texts } from './texts.ts';
import { rowWriter } from './write-rows.ts';
import type { RowWriter } from './write-rows.ts';

/** Raised whenever the bundled tables change: a library that has others gets these, an imported index stays. */
export const SEED = 1;

/**
 * Fills the catalog with what is bundled, unless it is there: AugReg's names with the published figures, every other
 * release, figures and mirrors. One transaction.
 * @returns whether anything was written
 */
export function seedCatalog(database: Database): boolean {
  const state = database.prepare('SELECT seed FROM catalog_state').pluck();
  if (state.get() === SEED) return false;
  const write = database.transaction(() => {
    if (state.get() === SEED) return false; // another process was quicker
    const imported =
      database.prepare('SELECT count(*) FROM catalog_state WHERE index_sha256 IS NOT NULL').pluck().get() === 1;
    clear(database, imported);
    const texts = openTexts(database);
    const rows = rowWriter(database);
    if (!imported) seedAugreg({ rows, texts });
    seedReleases(rows, texts);
    seedFacts(database);
    texts.sweep();
    database
      .prepare(
        `INSERT INTO catalog_state (id, seed, revision) VALUES (1, ?, 1)
         ON CONFLICT (id) DO UPDATE SET seed = excluded.seed, revision = revision + 1`,
      )
      .run(SEED);
    return true;
  });
  return write.immediate();
}

function clear(database: Database, keepAugreg: boolean): void {
  const which = keepAugreg ? "WHERE collection <> 'augreg'" : '';
  database.exec(`
    DELETE FROM catalog_checkpoint WHERE pretraining IN (SELECT id FROM catalog_pretraining ${which});
    DELETE FROM catalog_pretraining ${which};
    DELETE FROM catalog_figure;
    DELETE FROM catalog_mirror;
    DELETE FROM catalog_note;`);
}

function seedReleases(rows: RowWriter, texts: Texts): void {
  const ids = new Map<string, number>();
  for (const release of RELEASES) {
    if (release.pretraining !== release.name) continue;
    const { name, collection, family, model, ds, sizeMiB, evidence } = release;
    const text = texts.idOf(pretrainingText(name, model, COLLECTIONS[collection].title));
    const unknown = { epochs: null, lr: null, aug: null, wd: null, do: null, sd: null };
    const figures = { bestVal: null, finalVal: null, finalTest: null, sizeMiB };
    ids.set(name, rows.pretraining({ name, collection, family, model, ds, ...unknown, ...figures, evidence, text }));
  }
  for (const release of RELEASES) {
    const { name, kind, adaptDs, resolution, sizeMiB, numClasses, evidence, figures } = release;
    rows.checkpoint({
      name,
      pretraining: ids.get(release.pretraining)!,
      kind,
      adaptDs,
      adaptLr: null,
      adaptSteps: null,
      resolution,
      adaptFinalVal: null,
      adaptFinalTest: figures.find(({ metric }) => metric === 'adaptFinalTest')?.value ?? null,
      params: null,
      imagesPerSecond: null,
      sizeMiB,
      numClasses,
      evidence,
      text: null,
      ownText: texts.idOf(ownText(release)),
    });
  }
}

/** A release's own name, and those of its copies. */
function ownText({ name, model, mirrors }: Release): string {
  return [name, model, ...mirrors.map(({ address }) => address)].join(' ');
}

/** Figures, mirrors and notes: of names, whether or not an imported index has them. */
function seedFacts(database: Database): void {
  const figure = database.prepare('INSERT INTO catalog_figure VALUES (?, ?, ?, ?, ?, ?)');
  const mirror = database.prepare('INSERT INTO catalog_mirror VALUES (?, ?, ?, ?, ?, ?, ?)');
  const mirrorsOf = new Map<string, number>();
  const note = database.prepare('INSERT INTO catalog_note VALUES (?, ?, ?)');
  const write = (name: string, figures: readonly PublishedFigure[], mirrors: readonly Mirror[]): void => {
    for (const { metric, on, value, protocol, source } of figures)
      figure.run(name, metric, on ?? '', value, protocol, source);
    for (const { kind, address, readable, note: remark, source } of mirrors) {
      const position = mirrorsOf.get(name) ?? 0;
      mirror.run(name, position, kind, address, readable ? 1 : 0, remark, source);
      mirrorsOf.set(name, position + 1);
    }
  };
  for (const { name, figures } of AUGREG_FIGURES) write(name, figures, []);
  for (const { name, figures, mirror: copy } of AUGREG_AT_TIMM) write(name, figures, [copy]);
  for (const [name, handle] of Object.entries(AUGREG_AT_TF_HUB))
    write(name, [], [tfHubMirror(`${handle}_classification`), tfHubMirror(`${handle}_fe`)]);
  for (const { name, figures, mirrors, notes } of RELEASES) {
    write(name, figures, mirrors);
    notes.forEach((text, position) => note.run(name, position, text));
  }
}
