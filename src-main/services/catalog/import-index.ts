import type { ImportReport } from '../../../src-shared/contract/catalog.ts';
import { AUGREG_AT_TIMM } from '../../../src-shared/models/collections/augreg-timm.ts';
import { COLLECTIONS } from '../../../src-shared/models/collections/release.ts';
import type { Database } from '../../database/open.ts';
import type { IndexRow } from './index-columns.ts';
import { familyOfAugreg } from './seed-augreg.ts';
import { strangenessTest } from './strange.ts';
import { openTexts, pretrainingText } from './texts.ts';
import type { Texts } from './texts.ts';
import { rowWriter } from './write-rows.ts';
import type { CheckpointRow, PretrainingRow } from './write-rows.ts';

/** Names in a report's examples. */
const EXAMPLES = 20;

export interface IndexFile {
  readonly source: string;
  readonly sha256: string;
  readonly rows: readonly IndexRow[];
}

/**
 * Puts an index over the collection augreg in one transaction: rows are matched by adapt_filename, those that the index
 * hasn't are removed. Sizes and figures that were published elsewhere stay, under their own protocols.
 */
export function importIndex(database: Database, file: IndexFile): Omit<ImportReport, 'seconds'> {
  return database
    .transaction(() => {
      const before = readCheckpoints(database);
      const ofPretrainings = readPretrainings(database);
      const texts = openTexts(database);
      const rows = rowWriter(database);
      const sizes = sizesOf(database);
      const pretrainings = new Map<string, number>();
      const changedPretrainings = new Set<number>();
      const strangeness = strangenessTest();
      const examples: ImportReport['examples'] = { added: [], removed: [], strange: [] };
      const counts = { added: 0, changed: 0, unchanged: 0, removed: 0, strange: 0 };
      const drop = database.prepare('DELETE FROM catalog_checkpoint WHERE name = ?');
      const write = (row: CheckpointRow, isThere: boolean): void => {
        if (isThere) drop.run(row.name);
        rows.checkpoint(row);
      };
      file.rows.forEach((row, i) => {
        const reason = strangeness(row);
        if (reason !== null && ++counts.strange <= EXAMPLES)
          examples.strange.push({ row: i + 1, name: row.adapt_filename, reason });
        let id = pretrainings.get(row.filename);
        if (id === undefined) {
          const pretraining = pretrainingOf(row, { texts, size: sizes.get(row.filename) ?? null });
          id = rows.pretraining(pretraining);
          pretrainings.set(row.filename, id);
          if (ofPretrainings.get(row.filename) !== comparedPretraining(pretraining)) changedPretrainings.add(id);
        }
        const next = checkpointOf(row, { pretraining: id, texts, size: sizes.get(row.adapt_filename) ?? null });
        const old = before.get(next.name);
        before.delete(next.name);
        if (!old && ++counts.added <= EXAMPLES) examples.added.push(next.name);
        const isSame = old !== undefined && hasSameColumns(old, next) && hasSameFigures(old, next);
        if (old && !isSame && hasSameColumns(old, next)) rows.figures(old[1], next);
        else if (!isSame) write(next, old !== undefined);
        if (isSame && !changedPretrainings.has(id)) counts.unchanged++;
        else if (old) counts.changed++;
      });
      counts.removed = before.size;
      for (const name of before.keys()) if (examples.removed.length < EXAMPLES) examples.removed.push(name);
      remove(database, before.keys());
      texts.sweep();
      recordImport(database, file);
      return {
        source: file.source,
        sha256: file.sha256,
        rows: file.rows.length,
        pretrainings: pretrainings.size,
        ...counts,
        examples,
      };
    })
    .immediate();
}

function pretrainingOf(row: IndexRow, { texts, size }: { texts: Texts; size: number | null }): PretrainingRow {
  return {
    name: row.filename,
    collection: 'augreg',
    family: familyOfAugreg(row.name),
    model: row.name,
    ds: row.ds,
    epochs: row.epochs,
    lr: row.lr,
    aug: row.aug,
    wd: row.wd,
    do: row.do,
    sd: row.sd,
    bestVal: row.best_val,
    finalVal: row.final_val,
    finalTest: row.final_test,
    sizeMiB: size,
    evidence: 'index',
    text: texts.idOf(pretrainingText(row.filename, row.name, COLLECTIONS.augreg.title)),
  };
}

const TIMM_NAMES: ReadonlyMap<string, string> = new Map(
  AUGREG_AT_TIMM.map(({ name, mirror }) => [name, mirror.address]),
);

function checkpointOf(
  row: IndexRow,
  { pretraining, texts, size }: { pretraining: number; texts: Texts; size: number | null },
): CheckpointRow {
  const own = `${row.filename}--`;
  const suffix = row.adapt_filename.startsWith(own) ? row.adapt_filename.slice(own.length) : row.adapt_filename;
  const timm = TIMM_NAMES.get(row.adapt_filename);
  return {
    name: row.adapt_filename,
    pretraining,
    kind: 'finetuned',
    adaptDs: row.adapt_ds,
    adaptLr: row.adapt_lr,
    adaptSteps: row.adapt_steps,
    resolution: row.adapt_resolution,
    adaptFinalVal: row.adapt_final_val,
    adaptFinalTest: row.adapt_final_test,
    params: row.params,
    imagesPerSecond: row.infer_samples_per_sec,
    sizeMiB: size,
    numClasses: null,
    evidence: 'index',
    text: texts.idOf(suffix),
    ownText: timm === undefined ? null : texts.idOf(timm),
  };
}

/** A row of SQLite: name, id, and what is compared. */
type OldRow = readonly [name: string, id: number, ...values: (string | number | null)[]];

function readCheckpoints(database: Database): Map<string, OldRow> {
  const rows = database
    .prepare(
      `SELECT c.name, c.id, c.pretraining, adapt_ds, adapt_lr, adapt_steps, adapt_resolution, adapt_final_val,
         adapt_final_test, params, infer_samples_per_sec, c.evidence
       FROM catalog_checkpoint c JOIN catalog_pretraining p ON p.id = c.pretraining WHERE p.collection = 'augreg'`,
    )
    .raw()
    .all() as OldRow[];
  return new Map(rows.map((row) => [row[0], row]));
}

function hasSameColumns(old: OldRow, next: CheckpointRow): boolean {
  return (
    old[2] === next.pretraining &&
    old[3] === next.adaptDs &&
    old[4] === next.adaptLr &&
    old[5] === next.adaptSteps &&
    old[6] === next.resolution
  );
}

function hasSameFigures(old: OldRow, next: CheckpointRow): boolean {
  return (
    old[7] === next.adaptFinalVal &&
    old[8] === next.adaptFinalTest &&
    old[9] === next.params &&
    old[10] === next.imagesPerSecond &&
    old[11] === next.evidence
  );
}

/** A pre-training's columns as one text, by name. */
function readPretrainings(database: Database): Map<string, string> {
  const rows = database
    .prepare(
      `SELECT name, model, ds, epochs, lr, aug, wd, "do", sd, best_val AS bestVal, final_val AS finalVal,
         final_test AS finalTest, evidence
       FROM catalog_pretraining WHERE collection = 'augreg'`,
    )
    .all() as PretrainingRow[];
  return new Map(rows.map((row) => [row.name, comparedPretraining(row)]));
}

function comparedPretraining(row: PretrainingRow): string {
  const { model, ds, epochs, lr, aug, wd, do: dropout, sd, bestVal, finalVal, finalTest, evidence } = row;
  return JSON.stringify([model, ds, epochs, lr, aug, wd, dropout, sd, bestVal, finalVal, finalTest, evidence]);
}

/** Published sizes, of pre-trainings and fine-tunings alike. */
function sizesOf(database: Database): Map<string, number> {
  const rows = database.prepare("SELECT name, value FROM catalog_figure WHERE metric = 'sizeMiB'").raw().all();
  return new Map(rows as [string, number][]);
}

function remove(database: Database, names: Iterable<string>): void {
  const checkpoint = database.prepare('DELETE FROM catalog_checkpoint WHERE name = ?');
  for (const name of names) checkpoint.run(name);
  database.exec(`
    DELETE FROM catalog_pretraining
    WHERE collection = 'augreg' AND id NOT IN (SELECT pretraining FROM catalog_checkpoint)`);
}

function recordImport(database: Database, { source, sha256, rows }: IndexFile): void {
  database
    .prepare(
      `UPDATE catalog_state
       SET revision = revision + 1, index_source = ?, index_sha256 = ?, index_rows = ?, imported_at = ?`,
    )
    .run(source, sha256, rows.length, new Date().toISOString());
}
