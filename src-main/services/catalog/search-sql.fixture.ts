import { FACETS, NUMBERS } from '../../../src-shared/contract/catalog-rows.ts';
import type { CatalogSearch, FacetCount } from '../../../src-shared/contract/catalog.ts';
import type { Facet } from '../../../src-shared/contract/catalog-rows.ts';
import type { Database } from '../../database/open.ts';

/** The same search as plain SQL over the tables, to hold the read model against: slow, and nothing shared with it. */
const COLUMN: Readonly<Record<string, string>> = {
  name: 'c.name',
  pretraining: 'p.name',
  collection: 'p.collection',
  family: 'p.family',
  model: 'p.model',
  ds: 'p.ds',
  epochs: 'p.epochs',
  lr: 'p.lr',
  aug: 'p.aug',
  wd: 'p.wd',
  do: 'p."do"',
  sd: 'p.sd',
  bestVal: 'p.best_val',
  finalVal: 'p.final_val',
  finalTest: 'p.final_test',
  kind: 'c.kind',
  adaptDs: 'c.adapt_ds',
  adaptLr: 'c.adapt_lr',
  adaptSteps: 'c.adapt_steps',
  resolution: 'c.adapt_resolution',
  adaptFinalVal: 'c.adapt_final_val',
  adaptFinalTest: 'c.adapt_final_test',
  params: 'c.params',
  imagesPerSecond: 'c.infer_samples_per_sec',
  sizeMiB: 'c.size_mib',
  numClasses: 'c.num_classes',
  evidence: 'c.evidence',
};
const FROM = 'FROM catalog_checkpoint c JOIN catalog_pretraining p ON p.id = c.pretraining';

interface Where {
  sql: string;
  values: (string | number)[];
}

/** @param without the facet whose own condition is left out */
function whereOf(input: CatalogSearch, without?: Facet): Where {
  const parts: string[] = ['1'];
  const values: (string | number)[] = [];
  for (const facet of FACETS) {
    const wanted = input.where?.[facet];
    if (!wanted || facet === without) continue;
    const known = wanted.filter((value) => value !== null);
    const alternatives = [
      ...(known.length > 0 ? [`${COLUMN[facet]} IN (${known.map(() => '?').join(', ')})`] : []),
      ...(wanted.includes(null) ? [`${COLUMN[facet]} IS NULL`] : []),
    ];
    parts.push(alternatives.length > 0 ? `(${alternatives.join(' OR ')})` : '0');
    values.push(...known);
  }
  for (const field of NUMBERS) {
    const { min, max } = input.ranges?.[field] ?? {};
    if (min !== undefined) {
      parts.push(`${COLUMN[field]} >= ?`);
      values.push(min);
    }
    if (max !== undefined) {
      parts.push(`${COLUMN[field]} <= ?`);
      values.push(max);
    }
  }
  for (const word of (input.text ?? '').split(/\s+/).filter((w) => w !== '')) {
    const found = 'SELECT rowid FROM catalog_text WHERE catalog_text MATCH ?';
    const noted = `SELECT name FROM annotation WHERE id IN (SELECT rowid FROM annotation_text WHERE annotation_text MATCH ?)`;
    parts.push(`(p.text IN (${found}) OR c.text IN (${found}) OR c.own_text IN (${found}) OR c.name IN (${noted}))`);
    const phrase = `"${word}"*`;
    values.push(phrase, phrase, phrase, phrase);
  }
  if (input.starred !== undefined) {
    const starred = 'c.name IN (SELECT name FROM annotation WHERE starred = 1)';
    parts.push(input.starred ? starred : `NOT ${starred}`);
  }
  for (const tag of input.tags ?? []) {
    parts.push('c.name IN (SELECT name FROM annotation_tag WHERE tag = ?)');
    values.push(tag);
  }
  return { sql: parts.join(' AND '), values };
}

export interface SqlResult {
  total: number;
  names: string[];
  facets: Partial<Record<Facet, FacetCount[]>>;
}

export function searchBySql(database: Database, input: CatalogSearch): SqlResult {
  const { by, descending } = input.sort ?? { by: 'name' };
  const { sql, values } = whereOf(input);
  const direction = descending ? 'DESC' : 'ASC';
  const order = by === 'name' ? `c.name ${direction}` : `${COLUMN[by]} ${direction} NULLS LAST, c.name`;
  const total = database.prepare(`SELECT count(*) ${FROM} WHERE ${sql}`).pluck().get(values) as number;
  const names = database
    .prepare(`SELECT c.name ${FROM} WHERE ${sql} ORDER BY ${order} LIMIT ?`)
    .pluck()
    .all([...values, input.limit ?? 50]) as string[];
  const facets: SqlResult['facets'] = {};
  for (const facet of FACETS) {
    const where = whereOf(input, facet);
    facets[facet] = database
      .prepare(
        `SELECT ${COLUMN[facet]} AS value, count(*) AS count ${FROM} WHERE ${where.sql}
         GROUP BY 1 ORDER BY value ASC NULLS LAST`,
      )
      .all(where.values) as FacetCount[];
  }
  return { total, names, facets };
}
