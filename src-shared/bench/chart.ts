import type { SpeedRow } from './rows.ts';

const BAR = 18;
const GAP = 6;
const LABEL = 300;
const WIDTH = 620;
const MARGIN = 16;
const FILLS: Readonly<Record<SpeedRow['what'], string>> = { forward: '#1f77b4', train: '#d9822b' };

/** Bars of images a second on a logarithmic scale, one a row, as a picture of its own (SVG 1.1). @param caption below it */
export function speedChart(rows: readonly SpeedRow[], caption: string): string {
  const height = 2 * MARGIN + 2 * (BAR + GAP) + rows.length * (BAR + GAP);
  const most = Math.max(...rows.map(({ imgPerSec }) => imgPerSec));
  const least = Math.min(...rows.map(({ imgPerSec }) => imgPerSec));
  // The shortest bar must be seen: the scale begins a third of a decade below it.
  const from = Math.log10(least) - 1 / 3;
  const length = (value: number): number => (WIDTH * (Math.log10(value) - from)) / (Math.log10(most) - from);
  const bars = rows.map((row, i) => {
    const y = MARGIN + (i + 1) * (BAR + GAP);
    const name = `${row.model}, batch ${row.batch}, ${row.what}, ${row.engine}`;
    const end = LABEL + length(row.imgPerSec);
    return [
      `<text x="${LABEL - 8}" y="${y + 13}" text-anchor="end">${escaped(name)}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${(end - LABEL).toFixed(1)}" height="${BAR}" fill="${FILLS[row.what]}"/>`,
      `<text x="${(end + 6).toFixed(1)}" y="${y + 13}">${significant(row.imgPerSec)}</text>`,
    ].join('');
  });
  const width = LABEL + WIDTH + 90;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img">`,
    '<title>Images a second</title>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${MARGIN}" y="${MARGIN + 8}" font-weight="bold">Images a second (logarithmic scale; blue: forward, orange: training)</text>`,
    ...bars,
    `<text x="${MARGIN}" y="${height - MARGIN}" fill="#555">${escaped(caption)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

/** The same as a page that needs nothing else, with the figures as a table. */
export function speedPage(rows: readonly SpeedRow[], caption: string): string {
  const cells = rows.map(
    (row) =>
      `<tr><td>${[row.model, row.engine, row.what, row.batch, significant(row.imgPerSec), row.firstSeconds.toFixed(1)].map((value) => escaped(String(value))).join('</td><td>')}</td></tr>`,
  );
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Images a second</title>',
    '<style>body{font:14px sans-serif;margin:2rem}td,th{padding:.2rem .8rem;text-align:left}svg{max-width:100%;height:auto}</style>',
    speedChart(rows, caption),
    '<table><tr><th>model<th>engine<th>what<th>batch<th>images/s<th>first step, s</tr>',
    ...cells,
    '</table></html>',
    '',
  ].join('\n');
}

function significant(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
