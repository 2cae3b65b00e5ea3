// `vitrine catalog` as a person types it, on a library of its own.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asIndexCsv, generatedRows } from '../src-main/services/catalog/generated-index.fixture.ts';
import type { CatalogGaps, CatalogResult, ImportReport, Recommendation } from '../src-shared/contract/catalog.ts';
import { PUBLISHED } from '../src-shared/models/published.ts';
import { vitrine, type Ended } from './vitrine.ts';

let home: string;
beforeAll(async () => (home = await mkdtemp(join(tmpdir(), 'vitrine-catalog-'))));
afterAll(() => rm(home, { recursive: true, force: true }));

const catalog = (...args: string[]): Promise<Ended> =>
  vitrine(['catalog', ...args], { env: { VITRINE_HOME: home }, cwd: home });

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await catalog(...args, '--json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

const searchAugreg = (): Promise<CatalogResult> => json('search', '--where', 'collection=augreg', '--limit', '1');

describe('in order', () => {
  test('a fresh library lists 51,476 AugReg checkpoints and recommends the published ten', async () => {
    const { total, rows, facets } = await searchAugreg();
    expect(total).toBe(51_476);
    expect(rows).toHaveLength(1);
    expect(Object.keys(facets).length).toBeGreaterThanOrEqual(9);
    const { basis, picks } = await json<Recommendation>('recommend');
    expect(basis).toBe('published');
    expect(picks.map(({ checkpoint }) => checkpoint?.name).sort()).toEqual(
      PUBLISHED.map(({ adaptFilename }) => adaptFilename).sort(),
    );
  });

  test('a search pages, with words, conditions and an order', async () => {
    const args = ['search', 'B/16', 'medium1', '--where', 'adapt_ds=imagenet2012', '--sort=-adapt_final_test'];
    const first = await json<CatalogResult>(...args, '--limit', '1');
    expect(first.total).toBe(48);
    expect(first.rows[0]?.adaptFinalTest).toBe(0.85486);
    const second = await json<CatalogResult>(...args, '--limit', '47', '--after', first.next!);
    expect(second.rows).toHaveLength(47);
    expect(second.next).toBeNull();
    const { stdout } = await catalog(...args, '--limit', '1');
    expect(stdout).toMatch(/^48 checkpoints\n.*\n.*85\.49 % .*B_16-i21k.*\nmore: --after \S+\n$/);
  });

  test('what is wrong leaves the library as it was', async () => {
    await writeFile(join(home, 'bad.csv'), '<!doctype html>');
    const rows: [string[], number, RegExp][] = [
      [[], 2, /catalog needs an action/],
      [['serach'], 2, /There is no "catalog serach"\. Did you mean "catalog search"\?/],
      [['search', '--where', 'colour=red'], 2, /there is no field "colour"/],
      [['search', '--where', 'wd=much'], 2, /wd is a number, not "much"/],
      [['search', '--where', 'wd'], 2, /must be FIELD=VALUE/],
      [['search', '--where', 'model>=B/16'], 2, /model has no order/],
      [['search', '--sort', 'nam'], 2, /Did you mean "name"\?/],
      [['search', '--limit', '5000'], 2, /--limit is "5000"/],
      [['search', '--after', 'x'], 2, /not a cursor/],
      [['gaps', '--limit', '5'], 2, /catalog gaps has no --limit/],
      [['show'], 2, /takes one argument, not 0/],
      [['show', 'nothing-like-this'], 1, /The catalog has no checkpoint "nothing-like-this"/],
      [['recommend', 'B/61'], 1, /No AugReg checkpoint is recommended for "B\/61"/],
      [['recommend', '--max-params', 'many'], 2, /--max-params is "many"/],
      [['import', 'nowhere.csv'], 1, /There is no file .*nowhere\.csv/],
      [['import', 'bad.csv'], 1, /bad\.csv, line 1: these are not the 21 columns/],
    ];
    for (const [args, code, sentence] of rows) {
      const ended = await catalog(...args);
      expect(ended.stderr).toMatch(sentence);
      expect(ended.code, args.join(' ')).toBe(code);
      expect(ended.stdout).toBe('');
    }
    expect((await searchAugreg()).total).toBe(51_476);
  });

  test('an index of the real one’s size gives exactly 51,509 checkpoints of 759 pre-trainings', async () => {
    await writeFile(join(home, 'index.csv'), asIndexCsv(generatedRows()));
    const report = await json<ImportReport>('import', 'index.csv');
    expect(report).toMatchObject({ rows: 51_509, pretrainings: 759, added: 34, removed: 1, strange: 0 });
    expect((await searchAugreg()).total).toBe(51_509);
    expect(await json<CatalogGaps>('gaps')).toMatchObject({ pretrainings: 759, checkpoints: 51_509, gaps: [] });
    expect((await json<Recommendation>('recommend')).basis).toBe('rule');
  });

  test('an export has its rows, and imports again', async () => {
    const { code } = await catalog('export', '--where', 'collection=augreg', '--index', '--output', 'out.csv');
    expect(code).toBe(0);
    const filenames = new Set(
      (await readFile(join(home, 'out.csv'), 'utf8')).split('\r\n').map((l) => l.split(',')[19]),
    );
    filenames.delete('filename');
    filenames.delete(undefined);
    expect(filenames.size).toBe(759);
    expect(await json<ImportReport>('import', 'out.csv')).toMatchObject({ unchanged: 51_509, added: 0, removed: 0 });
    const { stdout } = await catalog('export', 'deit', 'tiny', '--csv');
    expect(stdout.split('\r\n')).toHaveLength(4);
  });

  test('a person is shown where figures come from', async () => {
    const { stdout } = await catalog('show', 'sam/ViT-B_16');
    expect(stdout).toMatch(/top1 on imagenet2012: 0\.80246 \(timm's validation .*results-imagenet\.csv\)/);
    expect(stdout).toContain('gs://vit_models/sam/ViT-B_16.npz');
  });
});
