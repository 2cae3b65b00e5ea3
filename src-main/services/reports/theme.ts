/** OKLCH: lightness 0..1, chroma, hue in degrees. */
export type Oklch = readonly [number, number, number];

/** Colours by use. Text tokens keep 4.5 : 1 on every surface they stand on, graphics 3 : 1; theme.test.ts measures. */
export interface Theme {
  readonly bg: Oklch;
  readonly panel: Oklch;
  readonly ink: Oklch;
  readonly mute: Oklch;
  readonly line: Oklch;
  readonly hover: Oklch;
  readonly accent: Oklch;
  readonly accentSoft: Oklch;
  readonly good: Oklch;
  readonly goodSoft: Oklch;
  readonly warn: Oklch;
  readonly warnSoft: Oklch;
  readonly bad: Oklch;
}

export const LIGHT: Theme = {
  bg: [0.985, 0.003, 265],
  panel: [1, 0, 0],
  ink: [0.22, 0.015, 265],
  mute: [0.5, 0.015, 265],
  line: [0.91, 0.006, 265],
  hover: [0.955, 0.006, 265],
  accent: [0.52, 0.17, 265],
  accentSoft: [0.94, 0.03, 265],
  good: [0.48, 0.12, 155],
  goodSoft: [0.95, 0.035, 155],
  warn: [0.5, 0.11, 70],
  warnSoft: [0.955, 0.04, 80],
  bad: [0.53, 0.19, 27],
};

export const DARK: Theme = {
  bg: [0.165, 0.011, 265],
  panel: [0.205, 0.012, 265],
  ink: [0.93, 0.006, 265],
  mute: [0.71, 0.012, 265],
  line: [0.3, 0.012, 265],
  hover: [0.25, 0.014, 265],
  accent: [0.74, 0.12, 265],
  accentSoft: [0.31, 0.06, 265],
  good: [0.78, 0.13, 155],
  goodSoft: [0.29, 0.05, 155],
  warn: [0.82, 0.12, 78],
  warnSoft: [0.3, 0.05, 75],
  bad: [0.71, 0.16, 27],
};

/** Steps of cell shading, faintest to strongest; the strongest still carries ink at 4.5 : 1. */
export const SHADES = 8;

/** Colour of shading step 1..SHADES, in the accent's or the mistakes' hue. */
export function shade(theme: 'light' | 'dark', kind: 'right' | 'wrong', step: number): Oklch {
  const t = step / SHADES;
  const hue = kind === 'right' ? 265 : 27;
  const chroma = kind === 'right' ? 0.12 : 0.14;
  if (theme === 'light') return [round(0.97 - 0.3 * t), round(0.01 + chroma * t), hue];
  return [round(0.23 + 0.24 * t), round(0.015 + chroma * 0.9 * t), hue];
}

function round(x: number): number {
  return Math.round(x * 1000) / 1000;
}

export function cssColor([l, c, h]: Oklch): string {
  return `oklch(${l} ${c} ${h})`;
}

/** sRGB 0..1, clipped to the gamut as a browser's simplest mapping does. Source: B. Ottosson, "OKLab", 2020. */
export function toLinearRgb([l, c, h]: Oklch): [number, number, number] {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const l3 = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m3 = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s3 = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (x: number): number => Math.min(1, Math.max(0, x));
  return [
    clip(4.0767416621 * l3 - 3.3077115913 * m3 + 0.2309699292 * s3),
    clip(-1.2684380046 * l3 + 2.6097574011 * m3 - 0.3413193965 * s3),
    clip(-0.0041960863 * l3 - 0.7034186147 * m3 + 1.707614701 * s3),
  ];
}

/** WCAG 2 contrast ratio, 1 to 21. */
export function contrast(a: Oklch, b: Oklch): number {
  const luminance = (color: Oklch): number => {
    const [red, green, blue] = toLinearRgb(color);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dim, bright] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (bright + 0.05) / (dim + 0.05);
}
