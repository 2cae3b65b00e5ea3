// Contrast as WCAG 2.2 computes it, of what stands on what, in both themes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

type Colour = readonly [lightness: number, chroma: number, hue: number];

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');

/** Both colours of a token, without its alpha. */
function token(name: string): { light: Colour; dark: Colour } {
  const part = String.raw`oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)`;
  const found = new RegExp(String.raw`--${name}: light-dark\(${part}, ${part}\)`).exec(css);
  if (!found) throw new Error(`tokens.css has no --${name}.`);
  const [l, c, h, dl, dc, dh] = found.slice(1).map(Number) as [number, number, number, number, number, number];
  return { light: [l / 100, c, h], dark: [dl / 100, dc, dh] };
}

/** Relative luminance of a colour, cut to what a screen shows. Björn Ottosson's matrices. */
function luminance([lightness, chroma, hue]: Colour): number {
  const [a, b] = [chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const shown = (value: number): number => Math.min(1, Math.max(0, value));
  const red = shown(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
  const green = shown(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
  const blue = shown(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: Colour, b: Colour): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const SURFACES = ['bg', 'panel', 'hover'] as const;
const TEXTS = ['ink', 'mute', 'accent', 'good', 'warn', 'bad'] as const;
/** Text on a surface of its own. */
const PAIRS = [
  ['accent-ink', 'accent'],
  ['accent', 'accent-soft'],
  ['ink', 'accent-soft'],
  ['ink', 'good-soft'],
  ['ink', 'warn-soft'],
  ['ink', 'bad-soft'],
  ['good', 'good-soft'],
  ['warn', 'warn-soft'],
  ['bad', 'bad-soft'],
] as const;
const SERIES = Array.from({ length: 8 }, (_, i) => `series-${i + 1}`);

test('black on white is 21 : 1, as the standard says', () => {
  expect(contrast([0, 0, 0], [1, 0, 0])).toBeCloseTo(21, 1);
});

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  const ratio = (text: string, surface: string): number => contrast(token(text)[theme], token(surface)[theme]);

  test.each(TEXTS.flatMap((text) => SURFACES.map((surface) => [text, surface] as const)))('%s on %s', (text, surface) =>
    expect(ratio(text, surface)).toBeGreaterThanOrEqual(4.5),
  );

  test.each(PAIRS)('%s on %s', (text, surface) => expect(ratio(text, surface)).toBeGreaterThanOrEqual(4.5));

  test.each(SERIES.flatMap((series) => (['bg', 'panel'] as const).map((surface) => [series, surface] as const)))(
    '%s on %s, a graphic',
    (series, surface) => expect(ratio(series, surface)).toBeGreaterThanOrEqual(3),
  );
});
