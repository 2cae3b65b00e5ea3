import { expect, test } from 'vitest';
import { bytesOf, colourOf, tiled } from './pictures.ts';

test('tiles stand side by side, a transparent pixel apart', () => {
  const { width, height, pixels } = tiled(
    Uint8Array.from({ length: 3 * 3 }, (_, i) => i + 1),
    [1, 1],
    2,
  );
  expect([width, height]).toEqual([3, 3]);
  const at = (x: number, y: number) => [...pixels.slice((y * width + x) * 4, (y * width + x) * 4 + 4)];
  expect([at(0, 0), at(1, 0), at(2, 0), at(0, 2)]).toEqual([
    [1, 2, 3, 255],
    [0, 0, 0, 0],
    [4, 5, 6, 255],
    [7, 8, 9, 255],
  ]);
});

test('base64 is bytes; the ends of the colours are the ends of the cosine', () => {
  expect([...bytesOf(Buffer.from([0, 127, 255]).toString('base64'))]).toEqual([0, 127, 255]);
  expect([colourOf(-1), colourOf(1), colourOf(5)]).toEqual([
    [68, 1, 84],
    [253, 231, 37],
    [253, 231, 37],
  ]);
});
