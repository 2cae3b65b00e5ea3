import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CatalogSearch } from '../../../src-shared/contract/catalog.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { openTestCatalog } from './catalog.fixture.ts';
import type { TestCatalog } from './catalog.fixture.ts';
import { asIndexCsv, generatedRows } from './generated-index.fixture.ts';
import { randomSearches } from './random-search.fixture.ts';
import { readModel } from './read-model.ts';
import { searchBySql } from './search-sql.fixture.ts';

let bundled: TestCatalog;
let imported: TestCatalog;
beforeAll(async () => {
  bundled = openTestCatalog();
  imported = openTestCatalog();
  await imported.catalog.importIndex(imported.file('index.csv', asIndexCsv(generatedRows())));
  for (const [i, row] of imported.catalog.search({ text: 'R26 pet', limit: 9 }).rows.entries()) {
    imported.catalog.annotate({
      name: row.name,
      starred: i % 2 === 0,
      tags: i % 3 === 0 ? ['mine'] : [],
      note: 'kitti-like',
    });
  }
});
afterAll(() => {
  bundled.close();
  imported.close();
});

/** All thousand: VITRINE_SEARCHES=1000. */
const SEARCHES = Number(process.env['VITRINE_SEARCHES'] ?? 60);

test(
  `${SEARCHES} random searches equal plain SQL's, on an imported index and on the bundled catalog`,
  () => {
    for (const { catalog, database } of [imported, bundled]) {
      catalog.gaps(); // fills a fresh one
      const model = readModel(database, 0);
      let matched = 0;
      for (const [i, input] of [...randomSearches(model, SEARCHES)].entries()) {
        const asked: CatalogSearch =
          i % 10 === 0 ? { ...input, starred: i % 20 === 0 } : i % 10 === 1 ? { ...input, tags: ['mine'] } : input;
        const sql = searchBySql(database, asked);
        const { total, rows, facets } = catalog.search(asked);
        expect({ total, names: rows.map(({ name }) => name), facets }, JSON.stringify(asked)).toEqual(sql);
        if (total > 0) matched++;
      }
      expect(matched).toBeGreaterThan(SEARCHES / 4);
    }
  },
  60_000 + SEARCHES * 5000,
);

test('a row has what SQLite has', () => {
  const [row] = imported.catalog.search({ text: 'R50+L/32 strong2 res_384', limit: 1 }).rows;
  const { final_val, adapt_final_test, adapt_steps } = [...generatedRows()].find(
    ({ adapt_filename }) => adapt_filename === row!.name,
  )!;
  expect(row).toMatchObject({ finalVal: final_val, adaptFinalTest: adapt_final_test, adaptSteps: adapt_steps });
});

describe('pages', () => {
  const ways: NonNullable<CatalogSearch['sort']>[] = [
    { by: 'name' },
    { by: 'name', descending: true },
    { by: 'imagesPerSecond' },
    { by: 'imagesPerSecond', descending: true },
    { by: 'adaptFinalVal', descending: true },
    { by: 'aug' },
  ];

  test.each(ways)('by $by, descending $descending: together they are all rows, each once', (sort) => {
    const input: CatalogSearch = { where: { ds: ['i21k', null], adaptDs: ['kitti', null] }, sort, facets: false };
    const { catalog, database } = imported;
    const all = searchBySql(database, { ...input, limit: 100_000 }).names;
    const names: string[] = [];
    let after: string | undefined;
    do {
      const page = catalog.search({ ...input, limit: 700, after });
      names.push(...page.rows.map(({ name }) => name));
      after = page.next ?? undefined;
    } while (after !== undefined);
    expect(names).toEqual(all);
  });

  test('a cursor holds while rows and values come and go', async () => {
    const own = openTestCatalog();
    const rows = [...generatedRows()].slice(0, 2000);
    await own.catalog.importIndex(own.file('a.csv', asIndexCsv(rows)));
    const input: CatalogSearch = {
      where: { collection: ['augreg'] },
      sort: { by: 'adaptFinalVal', descending: true },
      limit: 100,
    };
    const first = own.catalog.search(input);
    const last = first.rows.at(-1)!;
    const fewer = rows.filter(({ adapt_filename }, i) => adapt_filename !== last.name && i % 7 !== 0);
    await own.catalog.importIndex(own.file('b.csv', asIndexCsv(fewer)));
    const second = own.catalog.search({ ...input, after: first.next! });
    const expected = fewer
      .filter(({ adapt_final_val }) => Number(adapt_final_val) < last.adaptFinalVal!)
      .sort((a, b) => Number(b.adapt_final_val) - Number(a.adapt_final_val))
      .map(({ adapt_filename }) => adapt_filename);
    expect(second.rows.map(({ name }) => name)).toEqual(expected.slice(0, 100));
    own.close();
  });

  test('a cursor of another search, or none at all, is refused', () => {
    const { next } = imported.catalog.search({ limit: 1 });
    const refused = (input: CatalogSearch) => () => imported.catalog.search(input);
    expect(refused({ limit: 1, after: next!, text: 'B/16' })).toThrow(AppError);
    for (const after of [
      '',
      'x',
      '"',
      Buffer.from('[1]').toString('base64url'),
      Buffer.from('{}').toString('base64url'),
    ])
      expect(refused({ limit: 1, after })).toThrow(/not a cursor/);
  });
});

describe('search text is plain text', () => {
  const found = (text: string): number => bundled.catalog.search({ text, limit: 0, facets: false }).total;

  test('words are beginnings, and all have to occur', () => {
    const all = found('');
    expect(found('   ')).toBe(all);
    expect(found('B/16')).toBeGreaterThan(5000);
    expect(found('b_16 MEDIUM1')).toBe(found('medium1 B/16'));
    expect(found('med B/1')).toBeGreaterThan(found('medium1 B/16'));
    expect(found('wd_0.03')).toBe(bundled.catalog.search({ where: { wd: [0.03] }, limit: 0 }).total);
    expect(found('deit tiny distilled')).toBe(1);
    expect(found('vit_tiny_patch16_384.augreg_in21k_ft_in1k')).toBe(1);
  });

  test('a whole name finds its row', () => {
    const name = 'B_16-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_384';
    expect(bundled.catalog.search({ text: name }).rows.map((row) => row.name)).toEqual([name]);
  });

  test.each([
    ['an OR', 'kitti OR cifar100'],
    ['an AND', 'kitti AND cifar100'],
    ['NOT', 'NOT kitti'],
    ['NEAR', 'NEAR(kitti, 5)'],
    ['a quote', 'unfinished "quote'],
    ["SQL's quotes", "'; DROP TABLE catalog_checkpoint; --"],
    ['a column', 'text:zebra'],
    ['a field of SQL', 'rowid:1'],
  ])('%s is words, which nothing has', (_what, text) => {
    expect(found(text)).toBe(0);
  });

  test.each([
    ['a quote', '"B/16"', 'B/16'],
    ['a star', 'kit*', 'kit'],
    ['a column', 'aug:medium1', 'aug_medium1'],
    ['a caret', '^kitti', 'kitti'],
    ['braces and plus', '{kitti} + resisc45', 'kitti resisc45'],
    ['NUL', 'kitti\u0000B/16', 'kitti B/16'],
    ['a backslash and percent', 'kitti\\ %', 'kitti'],
    ['an emoji beside a word', 'kitti 🦊', 'kitti'],
  ])('%s only divides', (_what, text, same) => {
    expect(found(text)).toBe(found(same));
  });

  test('a text without letters or digits matches nothing', () => {
    for (const text of ['🦊', '***', '"', '""""', '-', '( )', '\ud800']) expect(found(text), text).toBe(0);
  });

  test('ten thousand letters, ten thousand words', () => {
    const started = performance.now();
    expect(found('a'.repeat(10_000))).toBe(0);
    expect(found('a-'.repeat(5000))).toBe(0);
    expect(found(Array.from({ length: 2500 }, (_, i) => `x${i}`).join(' '))).toBe(0);
    expect(found('B/16 '.repeat(2000))).toBe(found('B/16'));
    expect(found('"'.repeat(10_000))).toBe(0);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
