import { describe, expect, it } from 'vitest';
import { contrast, DARK, LIGHT, shade, SHADES, type Theme } from './theme.ts';

const THEMES: [string, Theme][] = [
  ['light', LIGHT],
  ['dark', DARK],
];

describe.each(THEMES)('%s theme', (name, theme) => {
  it('is measured correctly at the ends', () => {
    expect(contrast([1, 0, 0], [0, 0, 0])).toBeCloseTo(21, 2);
    expect(contrast(theme.ink, theme.ink)).toBe(1);
  });

  it('keeps text at 4.5 : 1 on every surface it stands on', () => {
    for (const surface of ['bg', 'panel', 'hover'] as const) {
      for (const text of ['ink', 'mute', 'accent', 'bad'] as const) {
        expect(contrast(theme[text], theme[surface]), `${text} on ${surface}`).toBeGreaterThanOrEqual(4.5);
      }
    }
    expect(contrast(theme.good, theme.goodSoft)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(theme.warn, theme.warnSoft)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(theme.warn, theme.panel)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(theme.accent, theme.accentSoft)).toBeGreaterThanOrEqual(4.5);
  });

  it('keeps the numbers of a shaded cell at 4.5 : 1', () => {
    for (let step = 1; step <= SHADES; step++) {
      for (const kind of ['right', 'wrong'] as const) {
        const color = shade(name as 'light' | 'dark', kind, step);
        expect(contrast(theme.ink, color), `${kind} ${step}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});
