import { mkdtempSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import type { EvaluationReport } from '../../../src-shared/contract/report.ts';
import { writeTogether } from './atomic-write.ts';
import { syntheticEvaluation, type SyntheticEvaluation } from './synthetic.fixture.ts';
import { writeReport } from './write-report.ts';

const root = mkdtempSync(join(tmpdir(), 'vitrine-report-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let next = 0;
const folder = (): string => join(root, String(next++));

interface Files {
  html: string;
  json: EvaluationReport;
  csv: string[][];
  bytes: Buffer[];
}

async function written(evaluation: SyntheticEvaluation): Promise<Files> {
  const paths = await writeReport(folder(), evaluation);
  const bytes = [paths.html, paths.json, paths.csv].map((path) => readFileSync(path));
  const [html, json, csv] = bytes.map((b) => b.toString('utf8')) as [string, string, string];
  return { html, json: JSON.parse(json) as EvaluationReport, csv: parse(csv, { recordDelimiter: '\r\n' }), bytes };
}

/** What must hold of every report.html. */
function expectSelfContained(html: string): void {
  const has = (pattern: RegExp): string | null => pattern.exec(html)?.[0] ?? null;
  expect(has(/default-src 'none'/)).not.toBeNull();
  expect(has(/<(script|iframe|object|embed|link|form|base)\b/i)).toBeNull();
  expect(has(/url\(|@import/)).toBeNull();
  expect(has(/\b(NaN|undefined|\[object)/)).toBeNull();
  // Names stand inside quoted values: without those, no tag has a handler.
  const bare = html.replace(/="[^"]*"/g, '=""');
  expect(/<[^>]*\son\w+\s*=/i.exec(bare)?.[0] ?? null).toBeNull();
  for (const [, target] of html.matchAll(/\b(?:src|href|action|srcset)="([^"]*)"/g)) {
    expect(target!.slice(0, 200)).toMatch(
      /^(data:image\/(png|jpeg);base64,[A-Za-z0-9+/=]+|#[a-z]+|report\.json|predictions\.csv)$/,
    );
  }
  for (const [, target] of html.matchAll(/href="#([a-z]+)"/g))
    expect(html.includes(`id="${target}"`), target).toBe(true);
}

describe.each([2, 3, 10, 37, 100])('%i classes (synthetic)', (numClasses) => {
  it('is self-contained, and its numbers are those of report.json', async () => {
    const { html, json, csv } = await written(syntheticEvaluation({ numClasses, perClass: 12, lift: 5 }));
    expectSelfContained(html);
    const values = new Set([...html.matchAll(/<data value="([^"]*)">/g)].map((m) => Number(m[1])));
    const numbers = new Set<number>();
    JSON.stringify(json, (_, value: unknown) => {
      if (typeof value === 'number') numbers.add(value);
      return value;
    });
    expect(values.size).toBeGreaterThan(10);
    for (const value of values) expect(numbers.has(value), String(value)).toBe(true);
    for (const value of [json.top1.value, json.loss.value, json.calibration.ece, json.macroF1.value]) {
      expect(values.has(value), String(value)).toBe(true);
    }
    if (json.top5) expect(values.has(json.top5.value)).toBe(true);
    expect(json.top5 === null).toBe(numClasses <= 5);
    // Accuracy counted from the CSV is the one reported.
    const [head, ...rows] = csv;
    expect(rows).toHaveLength(json.scored);
    expect(rows.filter((row) => row[head!.indexOf('correct')] === '1')).toHaveLength(json.top1.hits);
    const nll = rows.reduce((sum, row) => sum + Number(row[head!.indexOf('nll')]), 0) / rows.length;
    expect(nll).toBeCloseTo(json.loss.value, 12);
  });
});

describe('bytes', () => {
  it('are the same for the same input, whatever the order of the record’s fields', async () => {
    const make = (): SyntheticEvaluation => syntheticEvaluation({ numClasses: 10, perClass: 9 });
    const first = await written(make());
    const { record, predictions } = make();
    const reordered = Object.fromEntries(Object.entries(record).reverse()) as unknown as typeof record;
    const versions = Object.fromEntries(Object.entries(record.versions).reverse());
    const second = await written({ record: { ...reordered, versions }, predictions });
    expect(first.bytes.every((b, i) => b.equals(second.bytes[i]!))).toBe(true);
  });

  it('differ when a label does', async () => {
    const a = syntheticEvaluation({ numClasses: 10, perClass: 9 });
    const b = syntheticEvaluation({ numClasses: 10, perClass: 9 });
    b.predictions.labels[0] = 1;
    expect((await written(a)).bytes[0]!.equals((await written(b)).bytes[0]!)).toBe(false);
  });
});

describe('special evaluations (synthetic)', () => {
  it('says INCOMPLETE in title and headline, and lists what was left out', async () => {
    const bad = [{ path: '/x/1.png', name: 'x/<1>.png', reason: 'the file is empty', code: 'empty' as const }];
    const { html } = await written(syntheticEvaluation({ numClasses: 4, perClass: 10, bad, unscored: 9 }));
    expect(/<title>INCOMPLETE: /.test(html)).toBe(true);
    expect(/<b>INCOMPLETE<\/b>\s+40 scored of 50 files/.test(html)).toBe(true);
    expect(html).toContain('1 file could not be read; 9 files were not scored');
    expect(html).toContain('x/&lt;1&gt;.png');
  });

  it('says so when there are no mistakes, and what that proves', async () => {
    const { html, json } = await written(syntheticEvaluation({ numClasses: 3, perClass: 20, lift: 60, confusion: 0 }));
    expect(json.mistakes.total).toBe(0);
    expect(
      html.includes('No mistakes: all 60 images scored were predicted as labelled.'),
      'No mistakes: all 60 images scored were predicted as labelled.',
    ).toBe(true);
    expect(html.includes('An error rate of up to 6.02\u00a0%'), 'An error rate of up to 6.02\u00a0%').toBe(true);
  });

  it('shows dashes with a reason for a class without images', async () => {
    const { html, json } = await written(syntheticEvaluation({ numClasses: 10, perClass: (c) => (c === 4 ? 0 : 8) }));
    expect(json.classes[4]).toMatchObject({ support: 0, recall: null, precision: null, f1: null });
    expect(html.match(/unknown: no image of this class was scored/g)!.length).toBeGreaterThanOrEqual(3);
    expect(html.includes('over 9 of 10 classes'), 'over 9 of 10 classes').toBe(true);
  });

  it('stays under 2 MB with 1,000 classes and 48 photographs', async () => {
    const photos = folder();
    mkdirSync(photos, { recursive: true });
    const evaluation = syntheticEvaluation({
      numClasses: 1000,
      perClass: 2,
      lift: 3,
      root: photos,
      className: (c) => `n${String(c).padStart(8, '0')} a synset of usual length`,
      imageName: (c, i) => `${c}-${i}.jpg`,
    });
    // Noise compresses worst: no photograph makes a larger thumbnail.
    const noise = {
      create: {
        width: 320,
        height: 240,
        channels: 3 as const,
        background: '#888',
        noise: { type: 'gaussian' as const, mean: 128, sigma: 40 },
      },
    };
    const photo = await sharp(noise).jpeg().toBuffer();
    for (const name of evaluation.predictions.names) writeFileSync(join(photos, name), photo);
    const { html, json } = await written(evaluation);
    expect(json.mistakes.listed).toHaveLength(48);
    expect(html.match(/data:image\/jpeg/g)!.length).toBeGreaterThanOrEqual(48);
    expect(html.includes('a cell gathers 5 × 5 classes'), 'a cell gathers 5 × 5 classes').toBe(true);
    expect(html.length).toBeLessThan(2 * 1024 * 1024);
    expectSelfContained(html);
  });
});

describe('hostile names (synthetic)', () => {
  const names = [
    '<script>alert(1)</script>',
    '"q" & \'s\'',
    'עברית',
    '👩‍👩‍👧‍👦',
    'x'.repeat(4000),
    '=HYPERLINK("http://a")',
    '\u202egnp.exe',
    'line\nbreak',
  ];
  const evaluation = syntheticEvaluation({
    numClasses: names.length,
    perClass: 6,
    lift: 1,
    className: (c) => names[c]!,
    imageName: (c, i) => `${names[c]!}/${i}" onerror="alert(1).png`,
  });

  it('are escaped in HTML and verbatim in CSV and JSON', async () => {
    const { html, json, csv } = await written(evaluation);
    expectSelfContained(html);
    expect(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;')).toBe(true);
    expect(html.includes('x'.repeat(500))).toBe(false);
    expect(html.includes('\u202e')).toBe(false);
    expect(json.classes.map((c) => c.name)).toEqual(names);
    expect(csv.slice(1).map((row) => row[0])).toEqual(evaluation.predictions.names);
    expect(csv.slice(1).map((row) => row[1])).toEqual([...evaluation.predictions.labels].map((l) => names[l]));
  });

  it('cannot reach files outside the data set for a thumbnail', async () => {
    const dir = folder();
    mkdirSync(join(dir, 'data'), { recursive: true });
    await sharp({ create: { width: 4, height: 4, channels: 3, background: '#123456' } })
      .png()
      .toFile(join(dir, 'secret.png'));
    const outside = syntheticEvaluation({
      numClasses: 2,
      perClass: 2,
      lift: -9,
      confusion: 0,
      root: join(dir, 'data'),
      imageName: (c, i) => `../${c === 0 && i === 0 ? 'secret' : `${c}${i}`}.png`,
    });
    expect((await written(outside)).html.includes('data:image')).toBe(false);
  });
});

describe('writing', () => {
  it('leaves nothing behind when one file cannot be written', async () => {
    const dir = folder();
    mkdirSync(join(dir, 'report.html'), { recursive: true });
    await expect(writeReport(dir, syntheticEvaluation({ numClasses: 2, perClass: 3 }))).rejects.toMatchObject({
      code: 'bad_file',
    });
    expect(readdirSync(dir)).toEqual(['report.html']);
  });

  it('keeps the old report when the new one fails half-way', async () => {
    const dir = folder();
    mkdirSync(dir);
    writeFileSync(join(dir, 'a'), 'old');
    const failing = (function* (): Generator<string> {
      yield 'half';
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    })();
    const files = [
      { path: join(dir, 'a'), chunks: ['new'] },
      { path: join(dir, 'b'), chunks: failing },
    ];
    await expect(writeTogether(files)).rejects.toMatchObject({ code: 'disk_full' });
    expect(readdirSync(dir)).toEqual(['a']);
    expect(readFileSync(join(dir, 'a'), 'utf8')).toBe('old');
  });

  it.runIf(existsSync('/dev/full'))('names a full disk', async () => {
    const { open } = await import('node:fs/promises');
    const full = await open('/dev/full', 'w');
    const error: unknown = await full.appendFile('x').catch((e: unknown) => e);
    await full.close();
    const { diskError } = await import('./atomic-write.ts');
    expect(diskError(error, '/dev/full')).toMatchObject({ code: 'disk_full' });
  });
});
