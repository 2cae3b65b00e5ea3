import { expect, test } from 'vitest';
import { speedChart, speedPage } from './chart.ts';
import { speedCsv, speedRow, VITRINE, withRatios } from './rows.ts';
import type { SpeedRow } from './rows.ts';

const of = (engine: string, seconds: number[], more: Partial<SpeedRow> = {}): SpeedRow =>
  speedRow(
    { model: 'ViT-Ti_16', engine, what: 'forward', batch: 8, resolution: 224, numClasses: 1000, ...more },
    { seconds, firstSeconds: 2, peakBytes: 1e9 },
  );

test('a row is by the median step, with the slowest and the fastest beside it', () => {
  expect(of(VITRINE, [0.1, 0.4, 0.2])).toMatchObject({ imgPerSec: 40, imgPerSecMin: 20, imgPerSecMax: 80, steps: 3 });
  expect(of(VITRINE, [0.1, 0.3]).imgPerSec).toBeCloseTo(40, 10);
});

test('ratios compare the same model, batch and kind only', () => {
  const rows = withRatios([
    of(VITRINE, [0.2]),
    of('timm on PyTorch', [0.1]),
    of('timm on PyTorch', [0.1], { batch: 1 }),
    of('timm on PyTorch', [0.1], { what: 'train' }),
  ]);
  expect(rows.map(({ ofVitrine }) => ofVitrine)).toEqual([null, 2, null, null]);
});

test('CSV: a line of names, one a row, quoted where it must be', () => {
  const [head, first, second, last] = speedCsv([of('a "b", c', [0.5]), of(VITRINE, [0.5])]).split('\r\n');
  expect(head!.startsWith('model,engine,what,batch,')).toBe(true);
  expect(first).toBe('ViT-Ti_16,"a ""b"", c",forward,8,224,1000,16,16,16,1,2,1000000000,');
  expect([second!.split(',').length, last]).toEqual([head!.split(',').length, '']);
});

test('the chart: a longer bar for more images a second, names as text and never as markup', () => {
  const rows = [of('<script>', [1]), of(VITRINE, [0.01])];
  const svg = speedChart(rows, 'a & b');
  const widths = [...svg.matchAll(/<rect x="300"[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect(widths).toHaveLength(2);
  expect(widths[0]).toBeGreaterThan(0);
  expect(widths[1]).toBeGreaterThan(widths[0]!);
  expect(svg).toContain('&lt;script&gt;');
  expect(svg).toContain('a &amp; b');
  const page = speedPage(rows, '');
  expect(page).not.toContain('<script');
  expect(page).toContain('<td>800</td>');
});
