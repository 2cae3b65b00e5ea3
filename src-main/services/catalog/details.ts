import type { CatalogDetail, CatalogMirror } from '../../../src-shared/contract/catalog.ts';
import type { CatalogCheckpoint, CatalogPretraining } from '../../../src-shared/contract/catalog-rows.ts';
import { PAPERS } from '../../../src-shared/cite/papers.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { COLLECTIONS, LICENCE } from '../../../src-shared/models/collections/release.ts';
import type { CollectionName } from '../../../src-shared/models/collections/release.ts';
import { nearest } from '../../../src-shared/nearest.ts';
import type { Database } from '../../database/open.ts';
import { bucketMirror, urlOf } from './addresses.ts';
import type { Annotations } from './annotations.ts';

/** What a name is, beside its row. */
export interface Details {
  /** @throws AppError not_found */
  show(name: string, row: (name: string) => CatalogCheckpoint | null): CatalogDetail;
  /** Name of a checkpoint's or pre-training's pre-training. @throws AppError not_found */
  pretrainingOf(name: string): string;
  /** Names of a pre-training's checkpoints, in order. */
  finetunesOf(pretraining: string): string[];
  readonly pretraining: (name: string) => CatalogPretraining | null;
}

/** Letters of a name that a guess is worth its time for. */
const MAX_GUESSED = 160;

const PRETRAINING = `name, collection, family, model, ds, epochs, lr, aug, wd, "do", sd, best_val AS bestVal,
  final_val AS finalVal, final_test AS finalTest, size_mib AS sizeMiB, evidence`;

export function openDetails(database: Database, annotations: Annotations): Details {
  const pretrainingRow = database.prepare(`SELECT ${PRETRAINING} FROM catalog_pretraining WHERE name = ?`);
  const pretrainingOfRow = database
    .prepare(
      `SELECT p.name FROM catalog_checkpoint c JOIN catalog_pretraining p ON p.id = c.pretraining WHERE c.name = ?
       UNION ALL SELECT name FROM catalog_pretraining WHERE name = ?`,
    )
    .pluck();
  const figures = database.prepare(
    `SELECT metric, nullif("on", '') AS "on", value, protocol, source FROM catalog_figure WHERE name = ?
     ORDER BY metric, source, protocol, "on"`,
  );
  const mirrors = database.prepare(
    'SELECT kind, address, readable, note, source FROM catalog_mirror WHERE name = ? ORDER BY position',
  );
  const notes = database.prepare('SELECT text FROM catalog_note WHERE name = ? ORDER BY position').pluck();
  const finetunes = database
    .prepare(
      `SELECT c.name FROM catalog_checkpoint c JOIN catalog_pretraining p ON p.id = c.pretraining
       WHERE p.name = ? ORDER BY c.name`,
    )
    .pluck();
  const bySet = database.prepare(
    `SELECT adapt_ds AS value, count(*) AS count FROM catalog_checkpoint c
     JOIN catalog_pretraining p ON p.id = c.pretraining
     WHERE p.name = ? AND c.kind = 'finetuned' GROUP BY adapt_ds ORDER BY adapt_ds`,
  );
  const known = database
    .prepare(
      'SELECT name FROM catalog_pretraining UNION SELECT own.name FROM catalog_checkpoint own WHERE text IS NULL',
    )
    .pluck();

  const pretrainingOf = (name: string): string => {
    const found = pretrainingOfRow.get(name, name) as string | undefined;
    if (found !== undefined) return found;
    const guess = name.length > MAX_GUESSED ? undefined : nearest(name, known.all() as string[]);
    throw new AppError('not_found', `The catalog has no checkpoint "${name}".`, {
      hint: guess === undefined ? 'Look for it with "vitrine catalog search".' : `Did you mean "${guess}"?`,
      details: { name },
    });
  };

  return {
    pretrainingOf,
    finetunesOf: (pretraining) => finetunes.all(pretraining) as string[],
    pretraining: (name) => (pretrainingRow.get(name) as CatalogPretraining | undefined) ?? null,
    show(name, row) {
      const pretraining = pretrainingRow.get(pretrainingOf(name)) as CatalogPretraining;
      const collection = pretraining.collection as CollectionName;
      const { title, about, paper } = COLLECTIONS[collection];
      const counts = bySet.all(pretraining.name) as CatalogDetail['finetunes']['bySet'];
      const own = bucketMirror(name, collection);
      const copies = mirrors.all(name) as (Omit<CatalogMirror, 'url' | 'readable'> & { readable: 0 | 1 })[];
      return {
        name,
        checkpoint: row(name),
        pretraining,
        collection: { name: collection, title, about },
        licence: { ...LICENCE },
        paper: { arxiv: paper, key: PAPERS.find(({ arxiv }) => arxiv === paper)?.key ?? null },
        figures: figures.all(name) as CatalogDetail['figures'],
        mirrors: [
          ...(own ? [own] : []),
          ...copies.map(({ readable, ...copy }) => ({
            ...copy,
            readable: readable === 1,
            url: urlOf(copy.kind, copy.address),
          })),
        ],
        notes: notes.all(name) as string[],
        finetunes: { total: counts.reduce((sum, { count }) => sum + count, 0), bySet: counts },
        annotation: annotations.get(name),
      };
    },
  };
}
