import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../src-shared/errors.ts';
import { openTestCatalog } from './catalog.fixture.ts';
import type { TestCatalog } from './catalog.fixture.ts';
import { asIndexCsv, generatedRows, LEFT_OUT } from './generated-index.fixture.ts';
import type { GeneratedRow } from './generated-index.fixture.ts';

let own: TestCatalog;
beforeEach(() => (own = openTestCatalog((url, init) => fetch(url, init))));
afterEach(() => own.close());

/** A few whole rows, to damage. */
const SOME: readonly GeneratedRow[] = [...generatedRows()].slice(0, 136);
const AUGREG = { where: { collection: ['augreg'] }, limit: 0 };
const counted = ({ catalog } = own): { total: number; pretrainings: number } => ({
  total: catalog.search(AUGREG).total,
  pretrainings: catalog.gaps().pretrainings,
});
/** For tests that leave it as it is, or don't mind what was before: filling one takes half a second. */
let shared: TestCatalog;
beforeAll(() => (shared = openTestCatalog()));
afterAll(() => shared.close());

describe('an index of the real one’s size', () => {
  test('gives exactly 51,509 rows and 759 pre-trainings, and reports what it did', async () => {
    expect(counted()).toEqual({ total: 51_476, pretrainings: 758 });
    const path = own.file('index.csv', asIndexCsv(generatedRows()));
    const first = await own.catalog.importIndex(path);
    expect(first).toMatchObject({
      rows: 51_509,
      pretrainings: 759,
      added: 34,
      changed: 51_475,
      unchanged: 0,
      removed: 1,
      strange: 0,
    });
    expect(first.examples.removed).toEqual([LEFT_OUT]);
    expect(counted()).toEqual({ total: 51_509, pretrainings: 759 });
    expect(own.catalog.gaps()).toMatchObject({
      index: { source: path, sha256: first.sha256, rows: 51_509 },
      gaps: [],
      evidence: [{ evidence: 'index', checkpoints: 51_509 }],
    });
    expect(own.database.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(own.database.pragma('foreign_key_check')).toEqual([]);

    expect(await own.catalog.importIndex(path)).toMatchObject({ added: 0, changed: 0, unchanged: 51_509, removed: 0 });

    const next = [...generatedRows()];
    next[0] = { ...next[0]!, adapt_final_val: 0.5 };
    // A figure of a pre-training changes all of its rows.
    const filename = String(next[5000]!.filename);
    const changed = next.map((row) => (row.filename === filename ? { ...row, final_val: 0.25 } : row));
    const third = await own.catalog.importIndex(own.file('next.csv', asIndexCsv(changed)));
    expect(third).toMatchObject({ added: 0, changed: 69, unchanged: 51_440, removed: 0 });
    expect(own.catalog.show(filename).pretraining.finalVal).toBe(0.25);
  });

  test('what a person added stays, also of names that went', async () => {
    const kept = 'B_16-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.0-sd_0.0--kitti-steps_2k-lr_0.01-res_224';
    for (const name of [kept, LEFT_OUT]) own.catalog.annotate({ name, starred: true, note: 'look', tags: ['t'] });
    own.catalog.compare([LEFT_OUT, kept]);
    const view = {
      name: 'mine',
      query: { text: 'kitti', sort: { by: 'name' as const, descending: true } },
      columns: [],
    };
    own.catalog.saveView(view);
    await own.catalog.importIndex(own.file('index.csv', asIndexCsv(generatedRows())));
    expect(own.catalog.annotations()).toEqual([
      { name: kept, starred: true, note: 'look', tags: ['t'], present: true },
      { name: LEFT_OUT, starred: true, note: 'look', tags: ['t'], present: false },
    ]);
    expect(own.catalog.comparing()).toEqual([LEFT_OUT, kept]);
    expect(own.catalog.views()).toEqual([view]);
    expect(own.catalog.search({ starred: true }).rows.map(({ name }) => name)).toEqual([kept]);
  });

  test('published figures and other collections stay; the bundled tables do not undo an import', async () => {
    const others = own.catalog.search({ limit: 0 }).total - 51_476;
    await own.catalog.importIndex(own.file('some.csv', asIndexCsv(SOME)));
    own.database.exec('UPDATE catalog_state SET seed = 0'); // as a later Vitrine with other tables finds it
    const again = (await import('./service.ts')).createCatalog({ database: own.database, events: own.events });
    expect(again.search(AUGREG).total).toBe(136);
    expect(again.search({ limit: 0 }).total).toBe(136 + others);
    expect(again.show(SOME[0]!.adapt_filename as string).checkpoint?.adaptFinalVal).toBe(SOME[0]!.adapt_final_val);
  });
});

test('rows that are otherwise than the grid has them are kept and told', async () => {
  const rows = SOME.slice(0, 40);
  const odd: Partial<GeneratedRow>[] = [
    { adapt_filename: 'some-file', filename: 'some' },
    { adapt_ds: 'kitti_distance' },
    { aug: 'light9' },
    { adapt_final_val: 1.5 },
    { params: 0 },
    { final_val: 0.123 },
  ];
  odd.forEach((change, i) => (rows[30 + i] = { ...rows[30 + i]!, ...change }));
  const report = await own.catalog.importIndex(own.file('odd.csv', asIndexCsv(rows)));
  expect(report).toMatchObject({ rows: 40, strange: 6 });
  expect(report.examples.strange.map(({ row, reason }) => [row, reason])).toEqual([
    [31, 'filename is not spelled as the grid has it'],
    [32, 'adapt_filename and its columns are not as the grid has them'],
    [33, 'columns contradict filename'],
    [34, 'adapt_final_val is no share of 1'],
    [35, 'params is not positive'],
    [36, 'its pre-training has other figures in an earlier row'],
  ]);
  expect(counted().total).toBe(40);
  expect(own.catalog.search({ text: 'some-file' }).total).toBe(1);
});

describe('accepted as it may come', () => {
  const text = asIndexCsv(SOME);
  test.each([
    ['a byte-order mark', `\ufeff${text}`],
    ['CR LF', text.replaceAll('\n', '\r\n')],
    ['no line break at the end', text.trimEnd()],
    ['empty lines at the end', `${text}\n\n`],
    ['every field in quotes', text.replace(/[^,\n]+/g, '"$&"')],
    [
      'columns in another order',
      text.replace(/^.*$/gm, (line) => (line === '' ? line : line.split(',').reverse().join(','))),
    ],
  ])('%s', async (_what, content) => {
    expect(await shared.catalog.importIndex(shared.file('index.csv', content))).toMatchObject({
      rows: 136,
      strange: 0,
    });
  });

  test('an unknown figure is unknown', async () => {
    const rows = SOME.map((row) => ({ ...row, infer_samples_per_sec: null }));
    await own.catalog.importIndex(own.file('index.csv', asIndexCsv(rows)));
    expect(own.catalog.search({ ...AUGREG, limit: 1 }).rows[0]?.imagesPerSecond).toBeNull();
  });
});

describe('refused, with nothing changed', () => {
  let fresh: TestCatalog;
  beforeAll(() => (fresh = openTestCatalog()));
  afterAll(() => fresh.close());

  const lines = asIndexCsv(SOME).split('\n');
  const withLine = (at: number, line: string): string => lines.with(at, line).join('\n');
  const withCell = (column: string, value: string): string => {
    const place = lines[0]!.split(',').indexOf(column);
    return withLine(3, lines[3]!.split(',').with(place, value).join(','));
  };
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(lines.join('\n'), 'utf16le')]);

  test.each<[string, string | Uint8Array, RegExp]>([
    ['an empty file', '', /line 1: there are no rows/],
    ['a header alone', lines[0]!, /line 1: there are no rows/],
    ['a web page', '<!doctype html>\n<html><body>403</body></html>', /line 1: these are not the 21 columns/],
    ['a column less', lines.map((l) => l.slice(l.indexOf(',') + 1)).join('\n'), /missing name/],
    ['a column more', lines.map((l, i) => (i === 0 ? `${l},more` : `${l},1`)).join('\n'), /unknown "more"/],
    ['a column twice', lines.join('\n').replace('best_val', 'final_val'), /missing best_val/],
    ['a field less', withLine(3, lines[3]!.slice(lines[3]!.indexOf(',') + 1)), /line 4: 20 fields instead of 21/],
    ['a field more', withLine(3, `${lines[3]},`), /line 4: 22 fields instead of 21/],
    ['a quote that is not closed', withLine(3, `"${lines[3]}`), /line 4: a quote is not closed/],
    ['a quote inside', withCell('name', 'B"16'), /line 4: a quote stands inside a field/],
    ['more behind a quote', withCell('name', '"B"16'), /line 4: something stands behind a closing quote/],
    ['a line break in quotes', withCell('name', '"B\n16"'), /line 4: a quote is not closed/],
    ['a figure that is a word', withCell('final_val', 'high'), /final_val is "high", not a number/],
    ['NaN', withCell('final_val', 'NaN'), /final_val is "NaN", not a number/],
    ['infinity', withCell('final_val', 'inf'), /"inf", not a number/],
    ['a number beyond all', withCell('final_val', '1e999'), /"1e999", not a number/],
    ['a hexadecimal number', withCell('params', '0x10'), /"0x10", not a number/],
    ['a formula', withCell('params', '=1+1'), /"=1\+1", not a number/],
    ['half a step', withCell('adapt_steps', '2500.5'), /adapt_steps is 2500.5, not a whole number/],
    ['no name', withCell('adapt_filename', ''), /adapt_filename is empty/],
    ['a path', withCell('filename', '../../etc/passwd'), /filename is ".*", not the name of a file/],
    ['a name of another collection', withCell('adapt_filename', 'sam/ViT-B_16'), /not the name of a file/],
    ['a terminal escape', withCell('ds', '\u001b[2J'), /ds is "\ufffd\[2J", not plain text/],
    ['a name twice', [...lines.slice(0, 5), lines[3]].join('\n'), /line 6: adapt_filename .* was there before/],
    ['rows behind an empty line', withLine(3, ''), /line 5: something stands behind an empty line/],
    ['UTF-16', utf16, /is UTF-16/],
    ['Latin-1', Buffer.from(withCell('ds', 'é'), 'latin1'), /is not UTF-8/],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), /is gzip/],
    ['a spreadsheet', Buffer.from('PK\u0003\u0004rest'), /is a zip archive or a spreadsheet/],
    ['a long line', `${lines[0]}\n${'x'.repeat(100_000)}`, /a line of more than 64 KiB/],
  ])('%s', async (_what, content, sentence) => {
    const before = counted(fresh);
    const { revision } = fresh.catalog.search(AUGREG);
    const refused = fresh.catalog.importIndex(fresh.file('bad.csv', content));
    await expect(refused).rejects.toThrow(AppError);
    await expect(refused).rejects.toMatchObject({ code: 'bad_file', message: expect.stringMatching(sentence) });
    expect(counted(fresh)).toEqual(before);
    expect(fresh.catalog.search(AUGREG).revision).toBe(revision);
    expect(fresh.catalog.gaps().index).toBeNull();
  });

  test('a file that is not there, a folder', async () => {
    await expect(own.catalog.importIndex('nowhere.csv')).rejects.toMatchObject({ code: 'not_found' });
    await expect(own.catalog.importIndex(own.folder)).rejects.toMatchObject({ code: 'bad_file' });
  });

  test('an error of SQLite in the middle', async () => {
    const before = counted();
    own.database.exec(
      "CREATE TRIGGER full BEFORE UPDATE ON catalog_state BEGIN SELECT RAISE(ABORT, 'as if the disk were full'); END",
    );
    await expect(own.catalog.importIndex(own.file('index.csv', asIndexCsv(SOME)))).rejects.toThrow(/as if the disk/);
    own.database.exec('DROP TRIGGER full');
    expect(counted()).toEqual(before);
  });
});

describe('by address', () => {
  async function serving(listener: RequestListener, run: (url: string) => Promise<void>): Promise<void> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.csv`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  test('is read as it comes', async () => {
    const content = asIndexCsv(SOME);
    await serving(
      (_request, response) => {
        response.write(content.slice(0, 1000));
        setTimeout(() => response.end(content.slice(1000)), 20);
      },
      async (url) => {
        expect(await own.catalog.importIndex(url)).toMatchObject({ rows: 136, source: url });
      },
    );
  });

  test('a line of 10 GB is left at its first 64 KiB', async () => {
    let sent = 0;
    await serving(
      (_request, response) => {
        const piece = 'x'.repeat(64 * 1024);
        const more = (): void => {
          while (!response.destroyed && sent < 10e9) {
            sent += piece.length;
            if (!response.write(piece)) return void response.once('drain', more);
          }
        };
        response.write(`${asIndexCsv([]).trimEnd()}\n`);
        more();
      },
      async (url) => {
        const before = process.memoryUsage().rss;
        await expect(own.catalog.importIndex(url)).rejects.toThrow(/a line of more than 64 KiB/);
        expect(sent).toBeLessThan(64e6);
        expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
      },
    );
  });

  test('403, a connection cut, a web page, none to ask', async () => {
    const refuse = (listener: RequestListener, expected: object) =>
      serving(listener, async (url) => {
        await expect(own.catalog.importIndex(url)).rejects.toMatchObject(expected);
      });
    await refuse((_request, response) => response.writeHead(403).end('no'), { code: 'not_found', message: /403/ });
    await refuse(
      (_request, response) => {
        response.write(asIndexCsv(SOME).slice(0, 5000));
        setTimeout(() => response.destroy(), 20);
      },
      { code: 'bad_file' },
    );
    await refuse((_request, response) => response.end('<!doctype html>'), { code: 'bad_file' });
    const before = counted();
    const offline = openTestCatalog();
    await expect(offline.catalog.importIndex('gs://vit_models/augreg/index.csv')).rejects.toMatchObject({
      code: 'usage',
      message: /storage\.googleapis\.com\/vit_models\/augreg\/index\.csv/,
    });
    offline.close();
    expect(before).toEqual({ total: 51_476, pretrainings: 758 });
  });

  test('stops when told to', async () => {
    const abort = new AbortController();
    await serving(
      (_request, response) => {
        response.write(asIndexCsv(SOME).slice(0, 5000));
        setTimeout(() => abort.abort(new AppError('interrupted', 'Interrupted.')), 20);
      },
      async (url) => {
        await expect(own.catalog.importIndex(url, abort.signal)).rejects.toMatchObject({ code: 'interrupted' });
      },
    );
    expect(counted().total).toBe(51_476);
  });
});
