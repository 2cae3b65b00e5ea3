import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUGREG_MODELS } from '../../../src-shared/models/names.ts';
import { PUBLISHED } from '../../../src-shared/models/published.ts';
import { openDatabase } from '../../database/open.ts';
import { openTestCatalog } from './catalog.fixture.ts';
import type { TestCatalog } from './catalog.fixture.ts';
import { asIndexCsv, generatedRows, INVENTED_THIRD_B8 } from './generated-index.fixture.ts';
import type { GeneratedRow } from './generated-index.fixture.ts';
import { AUGREG_TITLES } from './seed-augreg.ts';
import { withPareto } from './tables.ts';

let bundled: TestCatalog;
let imported: TestCatalog;
const generated = [...generatedRows()];
beforeAll(async () => {
  bundled = openTestCatalog();
  imported = openTestCatalog();
  await imported.catalog.importIndex(imported.file('index.csv', asIndexCsv(generated)));
});
afterAll(() => {
  bundled.close();
  imported.close();
});

/** The last of the highest, as a sort's last row is; rows without the figure left out. */
function highest(rows: readonly GeneratedRow[], column: 'final_val' | 'adapt_final_val'): GeneratedRow {
  const names = column === 'final_val' ? 'filename' : 'adapt_filename';
  return [...rows]
    .filter((row) => row[column] !== null)
    .sort((a, b) => Number(a[column]) - Number(b[column]) || (String(a[names]) < String(b[names]) ? -1 : 1))
    .at(-1)!;
}

describe('the bundled catalog', () => {
  test('has every name that can be written down, and says what is missing', () => {
    expect(bundled.catalog.search({ where: { collection: ['augreg'] }, limit: 0 }).total).toBe(51_476);
    const { pretrainings, checkpoints, index, gaps } = bundled.catalog.gaps();
    expect({ pretrainings, checkpoints, index }).toEqual({ pretrainings: 758, checkpoints: 51_476, index: null });
    expect(gaps.join(' ')).toMatch(/three B\/8.*34 fine-tunings are missing.*One name here has no file/s);
  });

  test('has figures only where somebody published them', () => {
    const { figures } = bundled.catalog.gaps();
    expect(Object.fromEntries(figures.map(({ field, known }) => [field, known]))).toEqual({
      bestVal: 0,
      finalVal: 68, // R+Ti/16's, in each of its rows
      finalTest: 0,
      adaptFinalVal: 16,
      adaptFinalTest: 26,
      params: 0,
      imagesPerSecond: 9,
    });
    const known = bundled.catalog.search({ where: { collection: ['augreg'] }, ranges: { adaptFinalTest: { min: 0 } } });
    for (const { name } of known.rows) expect(bundled.catalog.show(name).figures.length).toBeGreaterThan(0);
  });

  test('recommends the published ten', () => {
    const { basis, picks } = bundled.catalog.recommend({ adaptDs: 'imagenet2012' });
    expect(basis).toBe('published');
    const expected = PUBLISHED.map((p) => [p.name, p.filename, p.adaptFilename, p.top1, p.imagesPerSecond]);
    const found = picks.map((p) => [
      p.model,
      p.pretraining,
      p.checkpoint?.name,
      p.checkpoint?.adaptFinalTest,
      p.checkpoint?.imagesPerSecond,
    ]);
    expect(found).toHaveLength(10);
    expect(found).toEqual(expect.arrayContaining(expected));
    expect(picks.map(({ model }) => model).slice(0, 3)).toEqual(['R50+L/32', 'L/16', 'B/8']);
  });

  test('recommends by target set, model and size', () => {
    const pets = bundled.catalog.recommend({ adaptDs: 'oxford_iiit_pet', model: 'R26_S_32' }).picks;
    // The file that the Colab goes on with (cell 25).
    expect(pets[0]?.checkpoint?.name).toBe(
      'R26_S_32-i21k-300ep-lr_0.001-aug_light1-wd_0.1-do_0.0-sd_0.0--oxford_iiit_pet-steps_0k-lr_0.003-res_384',
    );
    const [cifar] = bundled.catalog.recommend({ adaptDs: 'cifar100', model: 'B/16' }).picks;
    expect(cifar).toMatchObject({ checkpoint: null, reason: expect.stringMatching(/no figure .* is published/) });
    const small = bundled.catalog.recommend({ adaptDs: 'imagenet2012', maxParams: 25e6 }).picks;
    expect(small.map(({ model }) => model)).toEqual(['S/16', 'S/32', 'Ti/16', 'R+Ti/16']);
    expect(() => bundled.catalog.recommend({ adaptDs: 'imagenet2012', model: 'B/61' })).toThrow(/There are|B\/61/);
  });

  test('draws table 3 and figure 3 of what is published, and says how much that is', () => {
    const table = bundled.catalog.table3();
    expect(table).toMatchObject({ basis: 'published', known: 9, of: 36 });
    expect(table.rows.find(({ model }) => model === 'L/16')?.cells.map(({ value }) => value)).toEqual([
      null,
      null,
      null,
      0.85588,
    ]);
    const figure = bundled.catalog.figure3({ adaptDs: 'imagenet2012', ds: 'i21k' });
    expect(figure).toMatchObject({ basis: 'published', known: 9, of: 19 });
    expect(figure.points.filter(({ pareto }) => pareto).map(({ model }) => model)).toEqual([
      'R+Ti/16',
      'S/32',
      'B/32',
      'R26+S/32',
      'R50+L/32',
    ]);
    expect(bundled.catalog.figure3({ adaptDs: 'kitti', ds: 'i21k' })).toMatchObject({ points: [], known: 0, of: 19 });
  });

  test('knows the other releases with their places and sources', () => {
    const other = bundled.catalog.search({
      where: { collection: ['vit', 'hybrid', 'sam', 'gsam', 'mixer', 'lit', 'deit'] },
      limit: 100,
    });
    expect(other.total).toBe(50);
    const counts = Object.fromEntries(other.facets.collection!.map(({ value, count }) => [value, count]));
    expect(counts).toMatchObject({ vit: 13, hybrid: 4, sam: 7, gsam: 9, mixer: 4, lit: 5, deit: 8 });
    const detail = bundled.catalog.show('imagenet21k+imagenet2012/R50+ViT-B_16');
    expect(detail).toMatchObject({
      checkpoint: { kind: 'finetuned', adaptDs: 'imagenet2012', adaptFinalTest: 0.85082, resolution: 384 },
      pretraining: { name: 'imagenet21k/R50+ViT-B_16' },
      licence: { id: 'Apache-2.0' },
      paper: { arxiv: '2010.11929', key: 'dosovitskiy2020vit' },
    });
    expect(detail.mirrors.map(({ kind, url, readable }) => [kind, url, readable])).toEqual([
      ['bucket', 'https://storage.googleapis.com/vit_models/imagenet21k%2Bimagenet2012/R50%2BViT-B_16.npz', true],
      ['timm', 'https://huggingface.co/timm/vit_base_r50_s16_384.orig_in21k_ft_in1k', true],
      ['huggingface', 'https://huggingface.co/google/vit-hybrid-base-bit-384', false],
    ]);
    expect(bundled.catalog.show('sam/Mixer-B_16').mirrors).toMatchObject([
      { address: 'gs://mixer_models/sam/Mixer-B_16.npz' },
      { kind: 'tfhub', readable: false },
      { kind: 'tfhub', readable: false },
    ]);
  });

  test('shows a pre-training alone, its fine-tunings, and siblings', () => {
    const name = 'R26_S_32-i21k-300ep-lr_0.001-aug_light1-wd_0.1-do_0.0-sd_0.0';
    const detail = bundled.catalog.show(name);
    expect(detail).toMatchObject({ checkpoint: null, pretraining: { sizeMiB: 170, evidence: 'published' } });
    expect(detail.finetunes).toEqual({
      total: 68,
      bySet: [
        { value: 'cifar100', count: 16 },
        { value: 'imagenet2012', count: 4 },
        { value: 'kitti', count: 16 },
        { value: 'oxford_iiit_pet', count: 16 },
        { value: 'resisc45', count: 16 },
      ],
    });
    const siblings = bundled.catalog.siblings(`${name}--kitti-steps_0k-lr_0.001-res_224`);
    expect(siblings).toHaveLength(68);
    expect(new Set(siblings.map(({ pretraining }) => pretraining))).toEqual(new Set([name]));
    expect(() => bundled.catalog.show(`${name.slice(0, -1)}1`)).toThrow(/The catalog has no checkpoint/);
    expect(() => bundled.catalog.siblings('nothing')).toThrow(/The catalog has no checkpoint/);
  });
});

describe('on an imported index', () => {
  test("vit_jax's rule chooses: highest final_val with ds = i21k, then highest adapt_final_val on the set", () => {
    for (const adaptDs of ['imagenet2012', 'kitti']) {
      const { basis, picks } = imported.catalog.recommend({ adaptDs });
      expect(basis).toBe('rule');
      expect(picks).toHaveLength(10);
      for (const { model, pretraining, finalVal, checkpoint, reason } of picks) {
        const best = highest(
          generated.filter((row) => row.name === model && row.ds === 'i21k'),
          'final_val',
        );
        const tuned = highest(
          generated.filter((row) => row.filename === best.filename && row.adapt_ds === adaptDs),
          'adapt_final_val',
        );
        expect({ pretraining, finalVal }).toEqual({ pretraining: best.filename, finalVal: best.final_val });
        expect(checkpoint?.name).toBe(tuned.adapt_filename);
        expect(reason).toContain('Highest final_val');
      }
      const values = picks.map(({ checkpoint }) => checkpoint!.adaptFinalVal!);
      expect(values).toEqual([...values].sort((a, b) => b - a));
    }
  });

  test('the third B/8 takes part', () => {
    const rows = generated.filter((row) => row.name === 'B/8');
    expect(new Set(rows.map(({ filename }) => filename)).size).toBe(3);
    expect(rows.some(({ aug }) => aug === INVENTED_THIRD_B8.aug)).toBe(true);
    expect(imported.catalog.recommend({ adaptDs: 'imagenet2012', model: 'B_8' }).picks).toHaveLength(1);
  });

  test('best of each model, table 3 and figure 3 follow', () => {
    const best = imported.catalog.bestPerModel({ adaptDs: 'kitti' });
    expect(best.map(({ model }) => model).sort()).toEqual(AUGREG_MODELS.map((model) => AUGREG_TITLES[model]).sort());
    for (const { model, pretraining, checkpoint, known, of } of best) {
      const own = generated.filter((row) => row.name === model);
      const onSet = own.filter((row) => row.adapt_ds === 'kitti');
      expect(pretraining?.name).toBe(highest(own, 'final_val').filename);
      expect(checkpoint?.name).toBe(highest(onSet, 'adapt_final_val').adapt_filename);
      expect([known, of]).toEqual([onSet.length, onSet.length]);
    }
    expect(imported.catalog.table3()).toMatchObject({ basis: 'rule', known: 36, of: 36 });
    const figure = imported.catalog.figure3({ adaptDs: 'imagenet2012', ds: 'i21k' });
    expect(figure).toMatchObject({ basis: 'rule', known: 18, of: 19 }); // B/8 has no speed
    for (const point of figure.points) {
      const beaten = figure.points.some(
        (p) => p !== point && p.imagesPerSecond >= point.imagesPerSecond && p.accuracy >= point.accuracy,
      );
      expect(point.pareto).toBe(!beaten);
    }
  });

  test('exports the index’s columns so that they import again unchanged', async () => {
    const csv = [...imported.catalog.exportCsv({ where: { collection: ['augreg'] } }, 'index')].join('');
    expect(csv.split('\r\n')).toHaveLength(51_511);
    const again = openTestCatalog();
    const report = await again.catalog.importIndex(again.file('exported.csv', csv));
    expect(report).toMatchObject({ rows: 51_509, pretrainings: 759, strange: 0 });
    const all = { where: { collection: ['augreg'] }, limit: 1000, sort: { by: 'adaptFinalVal' as const } };
    const { revision: _a, ...one } = again.catalog.search(all);
    const { revision: _b, ...other } = imported.catalog.search(all);
    expect(one).toEqual(other);
    again.close();
  });
});

test('the front of one point, of equal points, of none', () => {
  const at = (imagesPerSecond: number, accuracy: number) => ({ imagesPerSecond, accuracy });
  expect(withPareto([])).toEqual([]);
  expect(withPareto([at(1, 0.5)])).toEqual([{ ...at(1, 0.5), pareto: true }]);
  expect(withPareto([at(1, 0.5), at(2, 0.5), at(2, 0.4), at(3, 0.1)]).map(({ pareto }) => pareto)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

describe('what a person adds', () => {
  const name = 'deit/deit_tiny_patch16_224';

  test('is found again by stars, tags and notes, and told to those who watch', async () => {
    const own = openTestCatalog();
    own.catalog.search({ limit: 0 });
    const abort = new AbortController();
    const stream = own.events.watch({ signal: abort.signal });
    const first = stream.next();
    await new Promise((resolve) => setImmediate(resolve));
    const added = own.catalog.annotate({ name, starred: true, tags: ['b', 'a', 'a'], note: 'Größenwahn? "yes"' });
    expect(added).toEqual({ name, starred: true, note: 'Größenwahn? "yes"', tags: ['a', 'b'], present: true });
    expect((await first).value?.event).toEqual({ topic: 'annotations', names: [name] });
    abort.abort();

    const only = (input: object) => own.catalog.search(input).rows.map((row) => row.name);
    expect(only({ starred: true })).toEqual([name]);
    expect(only({ tags: ['a', 'b'] })).toEqual([name]);
    expect(only({ tags: ['a', 'c'] })).toEqual([]);
    expect(only({ text: 'größ' })).toEqual([name]);
    expect(only({ text: 'GROß' })).toEqual([name]); // without its dots, too
    expect(only({ text: 'yes tiny' })).toEqual([name]);
    expect(own.catalog.search({ limit: 0 }).tags).toEqual([
      { tag: 'a', count: 1 },
      { tag: 'b', count: 1 },
    ]);
    expect(own.catalog.annotate({ name, note: '' })).toMatchObject({ starred: true, tags: ['a', 'b'] });
    expect(only({ text: 'größ' })).toEqual([]);
    own.catalog.annotate({ name, starred: false, tags: [] });
    expect(own.catalog.annotations()).toEqual([]);
    own.close();
  });

  test('the compare tray keeps its order and filters', () => {
    const names = ['sam/ViT-B_16', name];
    expect(bundled.catalog.compare([...names, names[0]!])).toEqual(names);
    expect(bundled.catalog.search({ comparing: true }).total).toBe(2);
    expect(bundled.catalog.compare([])).toEqual([]);
  });

  test('views are saved, replaced and removed', () => {
    const view = { name: 'v', query: { where: { wd: [0.03, null] }, starred: true }, columns: ['name', 'wd'] };
    bundled.catalog.saveView(view);
    bundled.catalog.saveView({ ...view, columns: ['name'] });
    expect(bundled.catalog.views()).toEqual([{ ...view, columns: ['name'] }]);
    bundled.catalog.deleteView('v');
    expect(() => bundled.catalog.deleteView('v')).toThrow(/no saved view/);
  });

  test('leaves in an export as text, never as a formula', () => {
    bundled.catalog.annotate({ name, note: '=HYPERLINK("http://x")\r\nline two', tags: ['+1'] });
    const csv = [...bundled.catalog.exportCsv({ text: 'deit tiny', starred: false }, 'all')].join('');
    expect(csv).toContain(`,false,'+1,"'=HYPERLINK(""http://x"")\r\nline two"\r\n`);
    bundled.catalog.annotate({ name, note: '', tags: [] });
  });

  test('another connection’s changes are seen', () => {
    const { database, catalog } = bundled;
    expect(catalog.search({ starred: true }).total).toBe(0);
    const other = openDatabase(database.name);
    other.prepare("INSERT INTO annotation (name, starred, changed_at) VALUES (?, 1, '')").run(name);
    expect(catalog.search({ starred: true }).total).toBe(1);
    other.prepare('DELETE FROM annotation').run();
    expect(catalog.search({ starred: true }).total).toBe(0);
    other.close();
  });
});
